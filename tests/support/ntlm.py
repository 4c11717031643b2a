"""pypsrp over plain HTTP: NTLM, with every message encrypted."""

from pypsrp.wsman import WSMan

from support.service import Service, User


def connect_by_ntlm(service: Service, user: User) -> WSMan:
    return WSMan(
        "127.0.0.1",
        port=service.http_port,
        ssl=False,
        auth="ntlm",
        username=user.name,
        password=user.password,
        no_proxy=True,
    )
