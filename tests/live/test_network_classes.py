"""Network classes of a running service, in a network of the test's own: compared with ip and ss, changed, and asked for
by an account that may not change them."""

import json
import secrets
import socket
import subprocess

import pytest

from support.caller import Caller
from support.cim import CIMV2, STANDARD_CIMV2, failed_query, instance, instances, query
from support.private_network import ip, private_network

ACCESS_DENIED_FAULT = 5


@pytest.fixture
def network(as_root):
    with private_network():
        ip("link", "add", "left", "type", "veth", "peer", "name", "right")
        ip("address", "add", "192.0.2.1/24", "dev", "left")
        for link in ("left", "right"):
            ip("link", "set", link, "up")
        yield


@pytest.fixture
def service(network, start_service):
    return start_service()


@pytest.fixture
def caller(service):
    return Caller(service)


@pytest.fixture
def stranger(service):
    """Logged on as an account without any right over the network."""
    name = f"winrm-test-{secrets.token_hex(3)}"
    subprocess.run(["useradd", "--create-home", name], check=True)
    yield Caller(service, service.add_user("stranger", account=name))
    service.stop()
    subprocess.run(["userdel", "--force", "--remove", name], check=True, capture_output=True)


def shown(*arguments: str) -> list[dict]:
    return json.loads(ip("-json", *arguments))


def link(name: str) -> dict:
    return shown("address", "show", "dev", name)[0]


def adapter(caller: Caller, name: str):
    return instance(caller, "Win32_NetworkAdapter", DeviceID=link(name)["ifindex"])


def configuration(caller: Caller, name: str):
    return instance(caller, "Win32_NetworkAdapterConfiguration", Index=link(name)["ifindex"])


def route(caller: Caller, destination: str, mask: str, next_hop: str, name: str = "left"):
    keys = {"Destination": destination, "Mask": mask, "NextHop": next_hop, "InterfaceIndex": link(name)["ifindex"]}
    return instance(caller, "Win32_IP4RouteTable", **keys)


def addresses(name: str, family: str = "inet") -> list[str]:
    found = [address for address in link(name)["addr_info"] if address["family"] == family]
    return sorted(f"{address['local']}/{address['prefixlen']}" for address in found)


# -- reading -------------------------------------------------------------------------------------------------------


def test_D5_adapters_agree_with_ip(caller):
    ours = {row["NetConnectionID"]: row for row in instances(caller, "Win32_NetworkAdapter")}
    theirs = {row["ifname"]: row for row in shown("-details", "address")}
    assert set(ours) == set(theirs)
    for name, row in theirs.items():
        assert ours[name]["DeviceID"] == ours[name]["InterfaceIndex"] == str(row["ifindex"])
        assert ours[name]["NetEnabled"] == str("UP" in row["flags"]).lower()
        if row["link_type"] == "ether":
            assert ours[name]["MACAddress"].lower() == row["address"]
            assert ours[name]["AdapterType"] == "Ethernet 802.3"
            assert ours[name]["ServiceName"] == row["linkinfo"]["info_kind"]
    assert ours["left"]["NetConnectionStatus"] == "2"


def test_D5_configurations_agree_with_ip(caller):
    (row,) = query(caller, "SELECT * FROM Win32_NetworkAdapterConfiguration WHERE IPEnabled=TRUE AND SettingID='left'")
    theirs = link("left")
    assert row["Index"] == str(theirs["ifindex"])
    assert row["MTU"] == str(theirs["mtu"])
    assert row["MACAddress"].lower() == theirs["address"]
    assert row["DHCPEnabled"] == "false"
    items = caller.enumerate(CIMV2 + "Win32_NetworkAdapterConfiguration", "<w:MaxElements>100</w:MaxElements>")
    ours = {}
    for item in items:
        texts = [(child.tag.split("}")[-1], child.text) for child in item]
        name = dict(texts)["SettingID"]
        ours[name] = {text for key, text in texts if key == "IPAddress" and text}
    for theirs in shown("address"):
        assert ours[theirs["ifname"]] == {address["local"] for address in theirs["addr_info"]}


def test_D5_an_address_that_lives_for_a_time_was_leased(caller):
    ip("address", "add", "192.0.2.77/24", "dev", "right", "valid_lft", "3600", "preferred_lft", "3600")
    row = configuration(caller, "right").get()
    assert row["DHCPEnabled"] == "true"
    assert row["DHCPLeaseExpires"] is not None


def test_D5_routes_agree_with_ip(caller):
    ip("route", "add", "198.51.100.0/24", "via", "192.0.2.9", "metric", "42")
    ip("route", "add", "default", "via", "192.0.2.254")
    ours = {(row["Destination"], row["NextHop"], row["Metric1"]) for row in instances(caller, "Win32_IP4RouteTable")}
    theirs = set()
    for row in shown("route"):
        destination = "0.0.0.0" if row["dst"] == "default" else row["dst"].split("/")[0]
        theirs.add((destination, row.get("gateway", "0.0.0.0"), str(row.get("metric", 0))))
    assert ours == theirs and len(ours) == 3
    gateway = configuration(caller, "left").get()
    assert gateway["DefaultIPGateway"] == "192.0.2.254"


def test_D5_sockets_agree_with_ss(caller):
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 0))
        with socket.create_connection(listener.getsockname()) as connection:
            tcp = {row["InstanceID"]: row for row in instances(caller, "MSFT_NetTCPConnection", STANDARD_CIMV2)}
            listening = tcp[f"127.0.0.1++{listener.getsockname()[1]}++0.0.0.0++0"]
            assert listening["State"] == "2"
            assert f"pid={listening['OwningProcess']}," in ss("-ltnp", f"sport = :{listening['LocalPort']}")
            port = connection.getsockname()[1]
            connected = tcp[f"127.0.0.1++{port}++127.0.0.1++{listener.getsockname()[1]}"]
            assert connected["State"] == "5"
            assert "ESTAB" in ss("-tn", f"sport = :{port}")
        (endpoint,) = query(
            caller,
            f"SELECT * FROM MSFT_NetUDPEndpoint WHERE LocalPort={datagrams.getsockname()[1]}",
            STANDARD_CIMV2,
        )
        assert f"pid={endpoint['OwningProcess']}," in ss("-lunp", f"sport = :{endpoint['LocalPort']}")


def ss(*arguments: str) -> str:
    return subprocess.run(["ss", "-H", *arguments], check=True, capture_output=True, text=True).stdout


def test_D5_settings_link_adapters_and_configurations(caller):
    index = link("left")["ifindex"]
    wanted = "WHERE ResultClass=Win32_NetworkAdapterConfiguration"
    text = f"ASSOCIATORS OF {{Win32_NetworkAdapter.DeviceID='{index}'}} {wanted}"
    assert [row["SettingID"] for row in query(caller, text)] == ["left"]


# -- pinging -------------------------------------------------------------------------------------------------------


def ping(caller: Caller, address: str, more: str = "") -> dict:
    (row,) = query(caller, f"SELECT * FROM Win32_PingStatus WHERE Address='{address}'{more}")
    return row


def test_D5_ping_of_an_address_that_answers(caller):
    row = ping(caller, "127.0.0.1", " AND BufferSize=100")
    assert (row["StatusCode"], row["ProtocolAddress"], row["ReplySize"]) == ("0", "127.0.0.1", "100")
    assert int(row["ResponseTime"]) < 1000 and row["ResponseTimeToLive"] == "64"
    assert ping(caller, "::1")["StatusCode"] == "0"


def test_D5_ping_of_an_address_that_does_not(caller):
    assert ping(caller, "192.0.2.99", " AND Timeout=300")["StatusCode"] in ("11010", "11003")
    assert ping(caller, "203.0.113.1")["StatusCode"] == "11002"
    too_big = ping(caller, "192.0.2.99", " AND BufferSize=9000 AND NoFragmentation=TRUE")
    assert too_big["StatusCode"] == "11009"


def test_D5_ping_needs_an_address(caller):
    answer = failed_query(caller, "SELECT * FROM Win32_PingStatus")
    assert b"WHERE Address" in answer.body


# -- changing ------------------------------------------------------------------------------------------------------


def test_D5_adapters_are_disabled_enabled_and_renamed(caller):
    right = adapter(caller, "right")
    assert right.result_of("Disable") == 0
    assert "UP" not in link("right")["flags"]
    assert right.get()["ConfigManagerErrorCode"] == "22"
    assert not right.put(NetConnectionID="renamed").is_fault
    assert link("renamed")["ifindex"] == int(right.keys["DeviceID"])
    assert right.result_of("Enable") == 0
    assert "UP" in link("renamed")["flags"]
    refused = right.put(NetConnectionID="no/such/name")
    assert refused.is_fault and b"renamed" in refused.body


def test_D5_static_addresses_replace_what_was_there(caller):
    left = configuration(caller, "left")
    before = addresses("left", "inet6")
    masks = ["255.255.255.0", "255.255.0.0"]
    assert left.result_of("EnableStatic", IPAddress=["192.0.2.7", "198.51.100.7"], SubnetMask=masks) == 0
    assert addresses("left") == ["192.0.2.7/24", "198.51.100.7/16"]
    assert addresses("left", "inet6") == before
    assert left.result_of("EnableStatic", IPAddress="192.0.2.7", SubnetMask="255.255.255.1") == 66
    assert left.result_of("EnableStatic", IPAddress="192.0.2.777", SubnetMask="255.255.255.0") == 70
    assert addresses("left") == ["192.0.2.7/24", "198.51.100.7/16"]


def test_D5_a_primary_address_takes_no_other_along(caller):
    """The kernel removes the secondary addresses of a subnet with their first one."""
    left = configuration(caller, "left")
    ip("address", "add", "192.0.2.2/24", "dev", "left")
    assert left.result_of("EnableStatic", IPAddress="192.0.2.2", SubnetMask="255.255.255.0") == 0
    assert addresses("left") == ["192.0.2.2/24"]


def test_D5_gateways_are_set(caller):
    left = configuration(caller, "left")
    assert left.result_of("SetGateways", DefaultIPGateway=["192.0.2.254"], GatewayCostMetric=[5]) == 0
    (default,) = shown("route", "show", "default")
    assert (default["gateway"], default["metric"]) == ("192.0.2.254", 5)
    assert left.result_of("SetGateways", DefaultIPGateway="203.0.113.1") == 71
    assert left.result_of("EnableDHCP") == 64


def test_D5_routes_are_created_changed_and_deleted(caller):
    table = instance(caller, "Win32_IP4RouteTable")
    made = table.create(Destination="198.51.100.0", Mask="255.255.255.0", NextHop="192.0.2.9", Metric1=7)
    assert not made.is_fault, made.body
    assert shown("route", "show", "198.51.100.0/24")[0]["metric"] == 7
    again = table.create(Destination="198.51.100.0", Mask="255.255.255.0", NextHop="192.0.2.9", Metric1=7)
    assert again.is_fault
    there = route(caller, "198.51.100.0", "255.255.255.0", "192.0.2.9")
    assert there.get()["Protocol"] == "3"
    assert not there.put(Metric1=9).is_fault
    assert [row["metric"] for row in shown("route", "show", "198.51.100.0/24")] == [9]
    assert not there.delete().is_fault
    assert shown("route", "show", "198.51.100.0/24") == []
    bad = table.create(Destination="198.51.100", Mask="255.255.255.0", NextHop="192.0.2.9")
    assert bad.is_fault and b"Destination" in bad.body


def test_D5_an_account_without_the_right_sends_no_ping(stranger):
    """A new network lets nobody but root ping (net.ipv4.ping_group_range)."""
    answer = failed_query(stranger, "SELECT * FROM Win32_PingStatus WHERE Address='127.0.0.1'")
    assert answer.fault_code == ACCESS_DENIED_FAULT
    assert b"ping_group_range" in answer.body


def test_D5_an_account_sees_no_owners_of_the_sockets_of_others(stranger):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        text = f"SELECT * FROM MSFT_NetTCPConnection WHERE LocalPort={listener.getsockname()[1]}"
        (row,) = query(stranger, text, STANDARD_CIMV2)
    assert row["State"] == "2" and row["OwningProcess"] is None


def test_D5_an_account_without_the_right_changes_nothing(stranger):
    before = shown("address"), shown("route")
    assert adapter(stranger, "right").result_of("Disable") == 5
    assert adapter(stranger, "right").result_of("Enable") == 5
    left = configuration(stranger, "left")
    assert left.result_of("EnableStatic", IPAddress="192.0.2.7", SubnetMask="255.255.255.0") == 91
    assert left.result_of("SetGateways", DefaultIPGateway="192.0.2.254") == 91
    made = instance(stranger, "Win32_IP4RouteTable").create(
        Destination="198.51.100.0", Mask="255.255.255.0", NextHop="192.0.2.9"
    )
    assert made.fault_code == ACCESS_DENIED_FAULT
    assert adapter(stranger, "right").put(NetConnectionID="mine").fault_code == ACCESS_DENIED_FAULT
    assert (shown("address"), shown("route")) == before


def test_D1_each_way_of_a_route_is_a_row(caller):
    ip("address", "add", "198.51.100.1/24", "dev", "right")
    ip("route", "add", "default", "nexthop", "via", "192.0.2.9", "nexthop", "via", "198.51.100.9")
    rows = [row for row in instances(caller, "Win32_IP4RouteTable") if row["Mask"] == "0.0.0.0"]
    ways = {(row["NextHop"], row["InterfaceIndex"], row["Type"]) for row in rows}
    left, right = (str(link(name)["ifindex"]) for name in ("left", "right"))
    assert ways == {("192.0.2.9", left, "4"), ("198.51.100.9", right, "4")}
    assert configuration(caller, "right").get()["DefaultIPGateway"] == "198.51.100.9"
