"""winrm/config and the listeners, on a running service and without one."""

import base64
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.service import Service, binary, free_port

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: the service serves several accounts")


@pytest.fixture
def running(tmp_path):
    service = Service(tmp_path, {"Daemon": {"LocalPort": 0}}).start()
    yield service
    service.stop()


def winrm(service, *arguments, **options):
    environment = {**os.environ, "WINRM_CONFIG": str(service.configuration)}
    command = [binary("winrm"), *arguments]
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment, **options)


def succeed(service, *arguments, **options):
    done = winrm(service, *arguments, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def fail(service, *arguments, **options):
    done = winrm(service, *arguments, **options)
    assert done.returncode == 1, done.stdout
    assert done.stdout == ""
    return done.stderr


def answers(port, address="127.0.0.1", path="/wsman"):
    try:
        with socket.create_connection((address, port), timeout=2) as connection:
            connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
            return int(connection.recv(4096).split()[1])
    except OSError:
        return None


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


WHOLE = """Config
    MaxEnvelopeSizekb = 500
    MaxTimeoutms = 60000
    MaxBatchItems = 32000
    MaxProviderRequests = 4294967295
    Client
        NetworkDelayms = 5000
        URLPrefix = wsman
        AllowUnencrypted = false
        Auth
            Basic = true
            Digest = false
            Kerberos = true
            Negotiate = true
            Certificate = true
            CredSSP = false
        DefaultPorts
            HTTP = 5985
            HTTPS = 5986
        TrustedHosts
    Service
        RootSDDL = {sddl}
        MaxConcurrentOperations = 4294967295
        MaxConcurrentOperationsPerUser = 1500
        EnumerationTimeoutms = 240000
        MaxConnections = 300
        MaxPacketRetrievalTimeSeconds = 120
        AllowUnencrypted = false
        Auth
            Basic = true
            Kerberos = true
            Negotiate = true
            Certificate = false
            CredSSP = false
            CbtHardeningLevel = Relaxed
        DefaultPorts
            HTTP = 5985
            HTTPS = 5986
        IPv4Filter = *
        IPv6Filter = *
        EnableCompatibilityHttpListener = false
        EnableCompatibilityHttpsListener = false
        CertificateThumbprint
        AllowRemoteAccess = true
    Winrs
        AllowRemoteShellAccess = true
        IdleTimeout = 7200000
        MaxConcurrentUsers = 10
        MaxShellRunTime = 2147483647
        MaxProcessesPerShell = 25
        MaxMemoryPerShellMB = 1024
        MaxShellsPerUser = 30
"""


def test_C1_the_whole_tree(running):
    shown = succeed(running, "get", "winrm/config")
    sddl = re.search(r"RootSDDL = (.*)", shown)[1]
    assert shown == WHOLE.replace("{sddl}", sddl)


@pytest.mark.parametrize(
    ("part", "first", "second"),
    [
        ("client", "Client", "    NetworkDelayms = 5000"),
        ("client/auth", "Auth", "    Basic = true"),
        ("client/defaultports", "DefaultPorts", "    HTTP = 5985"),
        ("service", "Service", "    RootSDDL = "),
        ("service/auth", "Auth", "    Basic = true"),
        ("service/defaultports", "DefaultPorts", "    HTTP = 5985"),
        ("winrs", "Winrs", "    AllowRemoteShellAccess = true"),
    ],
)
def test_C1_parts_of_the_tree(running, part, first, second):
    lines = succeed(running, "get", f"winrm/config/{part}").splitlines()
    assert lines[0] == first
    assert lines[1].startswith(second)
    document = ElementTree.fromstring(succeed(running, "get", f"winrm/config/{part}", "-format:xml"))
    assert document.tag == f"{{http://schemas.microsoft.com/wbem/wsman/1/config/{part}}}{first}"


def test_C2_set_changes_one_value_and_keeps_the_rest_of_the_file(running):
    before = "# a comment\n" + running.configuration.read_text() + "# the end\n"
    running.configuration.write_text(before)
    shown = succeed(running, "set", "winrm/config", '@{MaxEnvelopeSizekb="100"}')
    assert "    MaxEnvelopeSizekb = 100\n" in shown
    after = running.configuration.read_text()
    assert [line for line in after.splitlines() if line not in before.splitlines()] == ["MaxEnvelopeSizekb = 100"]
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []


def test_C2_a_connection_that_stays_may_no_longer_send_clear_messages(tmp_path):
    service = Service(tmp_path, {"Service": {"AllowUnencrypted": True}}).start()
    secret = base64.b64encode(f"{service.user.name}:{service.user.password}".encode()).decode()
    message = (
        f"POST /wsman HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {secret}\r\n"
        "Content-Type: application/soap+xml;charset=UTF-8\r\nContent-Length: 2\r\n\r\n<a"
    ).encode()
    try:
        with socket.create_connection(("127.0.0.1", service.http_port), timeout=5) as connection:

            def status():
                connection.sendall(message)
                return connection.recv(65536).split()[1]

            assert status() == b"500", "it was read, and is no message"
            succeed(service, "set", "winrm/config", '@{MaxEnvelopeSizekb="501"}')
            assert status() == b"500", "a change drops no connection"
            succeed(service, "set", "winrm/config/service", '@{AllowUnencrypted="false"}')
            wait_until(lambda: status() != b"500")
    finally:
        service.stop()


def test_C2_a_change_is_in_use_at_once(running):
    assert answers(running.http_port) == 401
    succeed(running, "set", "winrm/config/winrs", '@{AllowRemoteShellAccess="false"}')
    done = subprocess.run(
        [binary("winrs"), "true"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "WINRM_CONFIG": str(running.configuration)},
        check=False,
    )
    assert done.returncode != 0
    assert "turned off" in done.stderr


@pytest.mark.parametrize(
    ("part", "setting", "number", "words"),
    [
        ("", 'MaxEnvelopeSizekb="16"', "0x80338041", "32 to"),
        ("", 'MaxTimeoutms="499"', "0x80338041", "500 to 4294967295"),
        ("", 'MaxBatchItems="many"', "0x80338041", "1 to 4294967295"),
        ("/service/auth", 'Basic="perhaps"', "0x80338041", "true or false"),
        ("/service/auth", 'CbtHardeningLevel="Iron"', "0x803381B8", "Strict"),
        ("/service", 'IPv4Filter="10.0.0.9-10.0.0.1"', "0x803380EC", "ranges"),
        ("/winrs", 'IdleTimeout="1"', "0x80338041", "1000 to 2147483647"),
    ],
)
def test_C3_values_out_of_range_are_refused_with_the_range(running, part, setting, number, words):
    before = running.configuration.read_text()
    error = fail(running, "set", f"winrm/config{part}", f"@{{{setting}}}")
    assert number in error
    assert words in error
    assert running.configuration.read_text() == before


@pytest.mark.parametrize(
    ("part", "setting", "number"),
    [
        ("", 'MaxProviderRequests="5"', "0x803381AE"),
        ("/service", 'MaxConcurrentOperations="5"', "0x803381AE"),
        ("/winrs", 'MaxShellRunTime="5"', "0x8033813F"),
        ("/service", 'AllowRemoteAccess="false"', "0x8033813F"),
    ],
)
def test_C4_read_only_settings(running, part, setting, number):
    assert number in fail(running, "set", f"winrm/config{part}", f"@{{{setting}}}")


def test_C3_the_longest_packet_retrieval_time_is_long(running):
    succeed(running, "set", "winrm/config/service", '@{MaxPacketRetrievalTimeSeconds="4294968"}')
    with socket.create_connection(("127.0.0.1", running.http_port), timeout=5) as connection:
        connection.sendall(b"POST /wsman HTTP/1.1\r\nHost: x\r\n")
        time.sleep(2)
        connection.sendall(b"Content-Length: 0\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 401")


def test_C5_restore_takes_the_defaults(running):
    succeed(running, "set", "winrm/config", '@{MaxTimeoutms="1234"}')
    listeners = running.configuration.read_text().count("[[Listener]]")
    succeed(running, "invoke", "restore", "winrm/config", "@{}")
    assert "MaxTimeoutms = 60000" in succeed(running, "get", "winrm/config")
    assert running.configuration.read_text().count("[[Listener]]") == listeners


def test_C6_a_broken_file_is_refused_and_the_service_goes_on(running):
    text = running.configuration.read_text()
    running.configuration.write_text("\nMaxTimeoutms = = 5\n" + text)
    environment = {**os.environ, "WINRM_CONFIG": "/dev/null"}
    local = f"-r:http://127.0.0.1:{running.http_port}"
    error = subprocess.run(
        [binary("winrm"), "get", "winrm/config", local, f"-u:{running.user.name}", f"-p:{running.user.password}"],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    ).stderr
    assert "0x80338005" in error
    assert "winrm.toml:2: " in error
    running.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "the service keeps its settings" in running.log)
    assert answers(running.http_port) == 401
    running.configuration.write_text(text)


def test_C6_restore_mends_a_damaged_file_and_keeps_what_is_right_in_it(running):
    text = running.configuration.read_text()
    damaged = "\nMaxTimeoutms = = 5\n" + text + "[Winrs]\nIdleTimeout = 1\n"
    running.configuration.write_text(damaged)
    error = fail(running, "get", "winrm/config")
    assert "0x80338005" in error
    assert "winrm.toml:2: " in error
    assert "winrm invoke restore winrm/config" in error
    succeed(running, "invoke", "restore", "winrm/config", "@{}")
    assert "    MaxTimeoutms = 60000\n" in succeed(running, "get", "winrm/config")
    assert f"Port = {running.http_port}" in succeed(running, "e", "winrm/config/listener")
    assert f'StateDir = "{running.state_dir}"' in running.configuration.read_text()
    assert running.configuration.with_suffix(".toml.damaged").read_text() == damaged
    assert answers(running.http_port) == 401


def test_C6_restore_mends_the_file_without_a_service(running):
    running.stop()
    running.configuration.write_text("[Service]\nBasic = \n" + running.configuration.read_text())
    assert "0x80338005" in fail(running, "get", "winrm/config")
    succeed(running, "invoke", "restore", "winrm/config", "@{}")
    running.start()
    assert answers(running.http_port) == 401


def test_C5_restore_of_plugins_takes_what_was_shipped(running):
    succeed(running, "set", "winrm/config/plugin?Name=WMI Provider", '@{Enabled="false"}')
    plugin(running, "create", "Sample")
    succeed(running, "set", "winrm/config", '@{MaxTimeoutms="1234"}')
    succeed(running, "invoke", "restore", "winrm/config/plugin", "@{}")
    shown = succeed(running, "e", "winrm/config/plugin", "-format:xml")
    assert "Sample" not in shown
    assert 'Enabled="false"' not in shown
    assert "MaxTimeoutms = 1234" in succeed(running, "get", "winrm/config")


def plugin(service, verb, name, **attributes):
    """A plug-in of others, as its maker writes it."""
    file = service.folder / "plugin.xml"
    library = service.folder / "sample.so"
    library.touch()
    shown = {"Filename": library, "SDKVersion": 1, "XmlRenderingType": "text", **attributes}
    written = " ".join(f'{key}="{value}"' for key, value in shown.items())
    file.write_text(
        '<PlugInConfiguration xmlns="http://schemas.microsoft.com/wbem/wsman/1/config/PluginConfiguration"'
        f' Name="{name}" {written}><InitializationParameters><Param Name="a" Value="b"/></InitializationParameters>'
        '<Resources><Resource ResourceUri="http://example.test/sample" SupportsOptions="true">'
        '<Security Uri="http://example.test/sample" Sddl="D:P(A;;GA;;;BA)"/>'
        '<Capability Type="Get" SupportsFragment="true"/><Capability Type="Shell"/></Resource></Resources>'
        "</PlugInConfiguration>"
    )
    return winrm(service, verb, f"winrm/config/plugin?Name={name}", f"-file:{file}")


def test_C10_a_plugin_of_others_from_creation_to_deletion(running):
    created = plugin(running, "create", "Sample")
    assert created.returncode == 0, created.stderr
    assert "Selector: Name = Sample" in created.stdout
    shown = succeed(running, "get", "winrm/config/plugin?Name=sample", "-format:xml")
    for part in (
        'Name="Sample"',
        f'Filename="{running.folder}/sample.so"',
        'SDKVersion="1"',
        'Enabled="true"',
        '<Param Name="a" Value="b"/>',
        'ResourceUri="http://example.test/sample"',
        'SupportsOptions="true"',
        'Sddl="D:P(A;;GA;;;BA)"',
        '<Capability Type="Get" SupportsFragment="true"/>',
    ):
        assert part in shown
    assert "http://example.test/sample" in succeed(running, "e", "winrm/config/resource")
    assert "0x80338033" in plugin(running, "create", "Sample").stderr
    assert "0x80338033" in plugin(running, "create", "Other").stderr, "the resource is taken"
    assert 'Enabled="false"' in succeed(
        running, "set", "winrm/config/plugin?Name=Sample", '@{Enabled="false"}', "-format:xml"
    )
    assert "http://example.test/sample" not in succeed(running, "e", "winrm/config/resource")
    assert "0x80338190" in fail(running, "set", "winrm/config/plugin?Name=Sample", '@{SDKVersion="9"}')
    assert succeed(running, "delete", "winrm/config/plugin?Name=Sample") == ""
    gone = fail(running, "get", "winrm/config/plugin?Name=Sample")
    assert "0x80338000" in gone and 'no plug-in named "Sample"' in gone
    assert "Plugin" not in running.configuration.read_text()
    assert "Security" not in running.configuration.read_text()


def test_C10_what_is_no_plugin_is_refused(running):
    before = running.configuration.read_text()
    assert "0x80338191" in plugin(running, "create", "Sample", Filename="sample.so").stderr
    assert "0x80338192" in plugin(running, "create", "Sample", Filename="/nowhere/sample.so").stderr
    assert "0x80338190" in plugin(running, "create", "Sample", SDKVersion="3").stderr
    assert "RunAsUser is not supported" in plugin(running, "create", "Sample", RunAsUser="root").stderr
    assert "0x8033813F" in fail(running, "delete", "winrm/config/plugin?Name=WMI Provider")
    assert "0x8033813F" in fail(running, "set", "winrm/config/plugin?Name=Configuration", '@{Enabled="false"}')
    assert running.configuration.read_text() == before


def test_C10_a_disabled_plugin_has_no_resources(running):
    succeed(running, "get", "wmicimv2/Win32_OperatingSystem")
    succeed(running, "set", "winrm/config/plugin?Name=WMI Provider", '@{Enabled="false"}')
    assert "0x80338000" in fail(running, "get", "wmicimv2/Win32_OperatingSystem")
    succeed(running, "set", "winrm/config/plugin?Name=Shell cmd", '@{Enabled="false"}')
    environment = {**os.environ, "WINRM_CONFIG": str(running.configuration)}
    refused = subprocess.run(
        [binary("winrs"), "true"], capture_output=True, text=True, timeout=60, env=environment, check=False
    )
    assert refused.returncode != 0
    succeed(running, "set", "winrm/config/plugin?Name=WMI Provider", '@{Enabled="true"}')
    succeed(running, "get", "wmicimv2/Win32_OperatingSystem")


THUMBPRINT = "0123456789abcdef0123456789ABCDEF01234567"
MAPPING = f"winrm/config/service/certmapping?Issuer={THUMBPRINT}+Subject=alice@example.test+URI=*"


def remote_options(service):
    return [f"-r:http://127.0.0.1:{service.http_port}", f"-u:{service.user.name}", f"-p:{service.user.password}"]


def test_C9_certificate_mappings_from_creation_to_deletion(running):
    remote = remote_options(running)
    user = f'@{{UserName="{running.user.name}";Password="{running.user.password}"}}'
    created = succeed(running, "create", MAPPING, user, *remote)
    assert f"Selector: Issuer = {THUMBPRINT}, Subject = alice@example.test, URI = *" in created
    expected = (
        "CertMapping\n"
        "    URI = *\n"
        "    Subject = alice@example.test\n"
        f"    Issuer = {THUMBPRINT}\n"
        f"    UserName = {running.user.name}\n"
        "    Enabled = true\n"
        "    Password\n"
    )
    assert succeed(running, "get", MAPPING) == expected
    assert succeed(running, "e", "winrm/config/service/certmapping") == expected
    assert "0x80338033" in fail(running, "create", MAPPING, user, *remote)
    assert "Enabled = false" in succeed(running, "set", MAPPING, '@{Enabled="false"}')
    assert "    Password\n" in succeed(running, "set", MAPPING, f'@{{Password="{running.user.password}"}}', *remote), (
        "shown to nobody"
    )
    assert running.user.password not in running.configuration.read_text(), "nothing secret is kept"
    assert running.user.password not in running.log
    assert succeed(running, "delete", MAPPING) == ""
    gone = fail(running, "get", MAPPING)
    assert "0x80338000" in gone and "There is no certificate mapping" in gone


@pytest.mark.parametrize(
    ("keys", "properties", "number"),
    [
        ("Issuer=12+Subject=a+URI=*", 'UserName="x";Password="y"', "0x80338162"),
        (f"Issuer={THUMBPRINT}+Subject=a*b+URI=*", 'UserName="x";Password="y"', "0x80338161"),
        (f"Issuer={THUMBPRINT}+Subject={'a' * 1024}+URI=*", 'UserName="x";Password="y"', "0x80338161"),
        (f"Issuer={THUMBPRINT}+Subject=a+URI=a b", 'UserName="x";Password="y"', "0x80338160"),
        (f"Issuer={THUMBPRINT}+Subject=a", 'UserName="x";Password="y"', "0x8033805A"),
        (f"Issuer={THUMBPRINT}+Subject=a+URI=*", 'UserName="x"', "0x8033816B"),
        (f"Issuer={THUMBPRINT}+Subject=a+URI=*", 'Password="y"', "0x8033816C"),
        (f"Issuer={THUMBPRINT}+Subject=a+URI=*", f'UserName="x";Password="{"y" * 256}"', "0x8033816A"),
        (f"Issuer={THUMBPRINT}+Subject=a+URI=*", 'UserName="tester";Password="wrong"', "0x80338154"),
        (f"Issuer={THUMBPRINT}+Subject=a+URI=*", 'UserName="x";Password="y";Subject="b"', "0x80338172"),
    ],
)
def test_C9_what_is_no_mapping_is_refused(running, keys, properties, number):
    before = running.configuration.read_text()
    mapping = f"winrm/config/service/certmapping?{keys}"
    assert number in fail(running, "create", mapping, f"@{{{properties}}}", *remote_options(running))
    assert running.configuration.read_text() == before


def test_A13_mappings_are_made_in_a_remote_session_only(running):
    user = f'@{{UserName="{running.user.name}";Password="{running.user.password}"}}'
    assert "0x80338152" in fail(running, "create", MAPPING, user)
    succeed(running, "create", MAPPING, user, *remote_options(running))
    assert "0x80338152" in fail(running, "set", MAPPING, f'@{{Password="{running.user.password}"}}')
    succeed(running, "set", MAPPING, '@{Enabled="false"}')


def test_C7_trusted_hosts_are_checked(running):
    for good in ("1.2.3.4,[1:2:3::8]", "*", "<local>", "*.example.com, srv", ""):
        succeed(running, "set", "winrm/config/client", f'@{{TrustedHosts="{good}"}}')
    for bad in ("a b", "http://x", "a,,b", "<all>", "[1:2:3::8"):
        error = fail(running, "set", "winrm/config/client", f'@{{TrustedHosts="{bad}"}}')
        assert "0x8033809F" in error
        assert "comma list" in error


def test_C10_plugins_are_listed(running):
    shown = succeed(running, "e", "winrm/config/plugin", "-format:pretty")
    assert 'Name="WMI Provider"' in shown
    one = succeed(running, "get", "winrm/config/plugin?Name=wmi provider", "-format:xml")
    assert 'Type="Enumerate"' in one


def test_C11_resources_are_listed(running):
    assert "ResourceUri = http://schemas.microsoft.com/wbem/wsman/1/config" in succeed(
        running, "enum", "winrm/config/resource"
    )


@needs_root
def test_C14_only_administrators_see_the_configuration(running, tmp_path):
    user = running.add_user("ordinary", account="nobody")
    remote = [f"-r:http://127.0.0.1:{running.http_port}", f"-u:{user.name}", f"-p:{user.password}"]
    for arguments in (
        ["get", "winrm/config"],
        ["e", "winrm/config/listener"],
        ["set", "winrm/config", '@{MaxTimeoutms="5000"}'],
        ["delete", "winrm/config/listener?Address=IP:127.0.0.1+Transport=HTTP"],
    ):
        assert "0x80070005" in fail(running, *arguments, *remote)


def test_O1_O2_O3_policy_wins_is_seen_at_once_and_locks(running):
    policy = running.folder / "policy.d"
    policy.mkdir()
    (policy / "10.toml").write_text("[Service.Auth]\nBasic = false\n")
    assert '    Basic = false [Source="GPO"]\n' in succeed(running, "get", "winrm/config/service/auth")
    assert "0x8033808A" in fail(running, "set", "winrm/config/service/auth", '@{Basic="true"}')

    def offered():
        context = ssl._create_unverified_context()
        with context.wrap_socket(socket.create_connection(("127.0.0.1", running.https_port), timeout=2)) as tls:
            tls.sendall(b"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            return b"Basic" in tls.recv(4096)

    wait_until(lambda: not offered())
    (policy / "10.toml").unlink()
    wait_until(offered)


def test_C13_a_setting_of_policy_refuses_changes_and_says_who_set_it(running):
    policy = running.folder / "policy.d"
    policy.mkdir()
    (policy / "10.toml").write_text(
        'MaxTimeoutms = 30000\n[Service]\nIPv4Filter = "127.0.0.0-127.255.255.255"\n'
        '[[CertMapping]]\nIssuer = "0123456789012345678901234567890123456789"\nSubject = "a"\nURI = "*"\n'
        'UserName = "nobody"\n'
    )
    assert 'MaxTimeoutms = 30000 [Source="GPO"]' in succeed(running, "get", "winrm/config")
    before = running.configuration.read_text()
    error = fail(running, "set", "winrm/config", '@{MaxTimeoutms="5000"}')
    assert "0x8033808A" in error
    assert "MaxTimeoutms is set by policy (policy.d)" in error
    assert "0x8033808A" in fail(running, "set", "winrm/config/service", '@{IPv4Filter="*"}')
    mapping = "winrm/config/service/certmapping?Issuer=0123456789012345678901234567890123456789+Subject=a+URI=*"
    assert "0x8033808A" in fail(running, "delete", mapping)
    assert running.configuration.read_text() == before
    assert "MaxBatchItems = 7" in succeed(running, "set", "winrm/config", '@{MaxBatchItems="7"}'), "others change"


def test_C13_a_plugin_of_policy_is_not_ruled_by_the_file(running):
    plugin, resource = "winrm/config/plugin?Name=WMI Provider", ("get", "wmicimv2/Win32_OperatingSystem")
    succeed(running, "set", plugin, '@{Enabled="false"}')
    assert "0x80338000" in fail(running, *resource)
    policy = running.folder / "policy.d"
    policy.mkdir()
    (policy / "10.toml").write_text('[[Plugin]]\nName = "WMI Provider"\nEnabled = true\n')
    wait_until(lambda: winrm(running, *resource).returncode == 0)
    before = running.configuration.read_text()
    assert "0x8033808A" in fail(running, "set", plugin, '@{Enabled="false"}')
    assert running.configuration.read_text() == before


def test_C15_L4_quickconfig_asks_and_makes_a_listener(running):
    port = free_port()
    succeed(running, "set", "winrm/config/service/defaultports", f'@{{HTTP="{port}"}}')
    refused = succeed(running, "quickconfig", input="n\n")
    assert refused.startswith("WinRM service is already running on this machine.\nWinRM is not set up to allow remote")
    assert "Create a WinRM listener on HTTP://* to accept WS-Man requests to any IP on this machine." in refused
    assert "Make these changes [y/n]? " in refused
    assert answers(port) is None
    made = succeed(running, "qc", "-q")
    assert "WinRM has been updated for remote management.\n\nCreated a WinRM listener on HTTP://*" in made
    assert answers(port) == 401
    assert "already set up for remote management" in succeed(running, "qc")


def test_C15_quickconfig_enables_a_listener_that_is_disabled(running):
    port = free_port()
    succeed(running, "set", "winrm/config/service/defaultports", f'@{{HTTP="{port}"}}')
    succeed(running, "quickconfig", "-quiet")
    succeed(running, "set", "winrm/config/listener?Address=*+Transport=HTTP", '@{Enabled="false"}')
    assert answers(port) is None
    assert "Enabled a WinRM listener on HTTP://*" in succeed(running, "quickconfig", "-quiet")
    assert answers(port) == 401


def test_L5_quickconfig_for_https_needs_a_certificate(running):
    assert "0x80338115" in winrm(running, "qc", "-transport:https", "-quiet").stderr
    assert "is no transport" in winrm(running, "qc", "-transport:udp").stderr


# ---- listeners --------------------------------------------------------------------------------------------


def create_listener(service, keys, properties):
    hash_text = ";".join(f'{name}="{value}"' for name, value in properties.items())
    return winrm(service, "create", f"winrm/config/listener?{keys}", f"@{{{hash_text}}}")


def test_P4_L6_L7_L9_L10_a_listener_from_creation_to_deletion(running):
    port = free_port()
    keys = "Address=IP:127.0.0.2+Transport=HTTP"
    assert answers(port, "127.0.0.2") is None
    created = create_listener(running, keys, {"Port": port, "URLPrefix": "mgmt"})
    assert created.returncode == 0, created.stderr
    assert created.stdout == (
        "ResourceCreated\n"
        "    Address = http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous\n"
        "    ReferenceParameters\n"
        "        ResourceURI = http://schemas.microsoft.com/wbem/wsman/1/config/listener\n"
        "        SelectorSet\n"
        "            Selector: Address = IP:127.0.0.2, Transport = HTTP\n"
    )
    assert answers(port, "127.0.0.2", "/mgmt") == 401
    assert answers(port, "127.0.0.2", "/wsman") == 404
    assert answers(port, "127.0.0.1") is None, "only that address"
    assert answers(running.http_port) == 401

    twice = create_listener(running, keys, {})
    assert twice.returncode == 1
    assert "0x80338033" in twice.stderr

    shown = succeed(running, "set", f"winrm/config/listener?{keys}", '@{Enabled="false"}')
    assert "    Enabled = false\n" in shown
    assert answers(port, "127.0.0.2") is None
    assert f"Port = {port}" in succeed(running, "get", f"winrm/config/listener?{keys}")

    assert succeed(running, "delete", f"winrm/config/listener?{keys}") == ""
    gone = fail(running, "get", f"winrm/config/listener?{keys}")
    assert "0x80338000" in gone and "There is no listener with Address=" in gone


def test_L8_listener_addresses_are_checked(running):
    for address in ("foo", "IP:1.2.3", "MAC:12"):
        assert "0x80338089" in create_listener(running, f"Address={address}+Transport=HTTP", {}).stderr
    assert "0x8033805A" in create_listener(running, "Address=*", {}).stderr


def test_L11_the_text_layout_and_the_addresses(running):
    shown = succeed(running, "e", "winrm/config/listener").split("\n\n")
    assert shown[0] == (
        "Listener\n"
        "    Address = IP:127.0.0.1\n"
        "    Transport = HTTP\n"
        f"    Port = {running.http_port}\n"
        "    Hostname\n"
        "    Enabled = true\n"
        "    URLPrefix = wsman\n"
        "    CertificateThumbprint\n"
        "    ListeningOn = 127.0.0.1"
    )
    assert "Transport = HTTPS" in shown[1]
    references = succeed(running, "e", "winrm/config/listener", "-returntype:epr")
    assert "Selector: Address = IP:127.0.0.1, Transport = HTTPS" in references


def test_L16_a_port_that_is_taken_is_refused_and_nothing_changes(running):
    before = running.configuration.read_text()
    with socket.socket() as taken:
        taken.bind(("127.0.0.3", 0))
        taken.listen()
        refused = create_listener(running, "Address=IP:127.0.0.3+Transport=HTTP", {"Port": taken.getsockname()[1]})
    assert refused.returncode == 1
    assert "cannot listen on 127.0.0.3" in refused.stderr
    assert running.configuration.read_text() == before
    assert answers(running.http_port) == 401


def make_certificate(folder, name, usage="serverAuth"):
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        + ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-addext", f"extendedKeyUsage={usage}"]
        + ["-keyout", str(folder / "key"), "-out", str(folder / "cert")],
        check=True,
        capture_output=True,
    )
    file.write_text((folder / "cert").read_text() + (folder / "key").read_text())
    shown = subprocess.run(
        ["openssl", "x509", "-in", str(file), "-noout", "-fingerprint", "-sha1"],
        check=True,
        capture_output=True,
        text=True,
    )
    return file, shown.stdout.split("=")[1].strip().replace(":", "")


def served_certificate(port, address):
    return ssl.get_server_certificate((address, port))


def test_L14_no_connection_is_refused_while_filters_change(running):
    port = free_port()
    assert create_listener(running, "Address=*+Transport=HTTP", {"Port": port}).returncode == 0
    stop = threading.Event()
    statuses = []

    def ask():
        while not stop.is_set():
            statuses.append(answers(port))

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for ipv4 in ("127.0.0.1", "*") * 4:
        succeed(running, "set", "winrm/config/service", f'@{{IPv4Filter="{ipv4}"}}')
    stop.set()
    for asker in askers:
        asker.join()
    assert set(statuses) == {401}
    assert len(statuses) > 50


def test_L14_a_filter_takes_hold_of_a_listener_that_is_in_use(running):
    port = free_port()
    assert create_listener(running, "Address=*+Transport=HTTP", {"Port": port}).returncode == 0
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for ipv4, elsewhere in (("127.0.0.1-127.0.0.1", None), ("*", 401)):
            succeed(running, "set", "winrm/config/service", f'@{{IPv4Filter="{ipv4}"}}')
            assert answers(port) == 401
            wait_until(lambda expected=elsewhere: answers(port, "127.0.0.5") == expected)
        connection.sendall(b"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 401"), "a connection does not outlive the change"


def test_L16_a_second_listener_for_an_address_is_refused_while_the_first_is_in_use(running):
    succeed(running, "set", "winrm/config/service", '@{IPv4Filter="127.0.0.1";IPv6Filter=""}')
    refused = create_listener(running, "Address=*+Transport=HTTP", {"Port": running.http_port})
    assert refused.returncode == 1
    assert "another listener of this service does so already" in refused.stderr
    running.stop()
    running.start()
    assert answers(running.http_port) == 401


class IsolatedService(Service):
    """On a network of its own, which has no address in the beginning."""

    def _as_account(self, command):
        return ["unshare", "--net", *super()._as_account(command)]

    def ip(self, *arguments):
        subprocess.run(["nsenter", f"--net=/proc/{self.process.pid}/ns/net", "ip", *arguments], check=True)

    def listens_on(self, address):
        digits = "".join(f"{int(part):02X}" for part in reversed(address.split(".")))
        return f" {digits}:{self.http_port:04X} 00000000:0000 0A " in Path(f"/proc/{self.process.pid}/net/tcp").read_text()


@needs_root
def test_L8_a_link_local_address_is_one_of_this_machine(tmp_path):
    service = IsolatedService(tmp_path, {"Service": {"IPv4Filter": "", "IPv6Filter": ""}}, address="*").start()
    try:
        service.ip("link", "add", "left", "type", "veth", "peer", "name", "right")
        for link in ("left", "right"):
            service.ip("link", "set", link, "addrgenmode", "none")
            service.ip("link", "set", link, "up")
        service.ip("address", "add", "fe80::7/64", "dev", "left", "nodad")
        port = free_port()
        made = create_listener(service, "Address=IP:fe80::7+Transport=HTTP", {"Port": port})
        assert made.returncode == 0, made.stderr
        listening = f" 000080FE000000000000000007000000:{port:04X} "
        assert listening in Path(f"/proc/{service.process.pid}/net/tcp6").read_text()
    finally:
        service.stop()


@needs_root
def test_L14_a_filtered_listener_follows_the_addresses_of_the_machine(tmp_path):
    filters = {"IPv4Filter": "192.0.2.0-192.0.2.255", "IPv6Filter": ""}
    service = IsolatedService(tmp_path, {"Service": filters}, address="*").start()
    try:
        service.ip("link", "set", "lo", "up")
        service.ip("address", "add", "192.0.2.7/32", "dev", "lo")
        wait_until(lambda: service.listens_on("192.0.2.7"))
        service.ip("address", "del", "192.0.2.7/32", "dev", "lo")
        wait_until(lambda: not service.listens_on("192.0.2.7"))
    finally:
        service.stop()


def test_L12_a_relative_certificate_file_is_beside_the_configuration(running):
    port = free_port()
    file, _ = make_certificate(running.folder / "tls", "web.example.test")
    properties = {"Port": port, "CertificateFile": f"tls/{file.name}"}
    made = create_listener(running, "Address=IP:127.0.0.4+Transport=HTTPS", properties)
    assert made.returncode == 0, made.stderr
    assert served_certificate(port, "127.0.0.4") in file.read_text()


def test_L12_L13_certificates_by_thumbprint_and_by_name(running):
    folder = running.state_dir / "certificates"
    file, thumbprint = make_certificate(folder, "web1.example")
    keys = "Address=IP:127.0.0.2+Transport=HTTPS"
    port = free_port()
    assert "0x803380E7" in create_listener(running, keys, {"Port": port}).stderr
    assert "0x80338082" in create_listener(running, keys, {"Port": port, "CertificateThumbprint": "0" * 40}).stderr
    wrong = create_listener(
        running, keys, {"Port": port, "CertificateThumbprint": thumbprint, "Hostname": "web2.example"}
    )
    assert "0x803380E9" in wrong.stderr
    on_http = create_listener(running, "Address=IP:127.0.0.2+Transport=HTTP", {"CertificateThumbprint": thumbprint})
    assert "0x803380EB" in on_http.stderr
    created = create_listener(running, keys, {"Port": port, "Hostname": "web1.example"})
    assert created.returncode == 0, created.stderr
    assert f"CertificateThumbprint = {thumbprint}" in succeed(running, "get", f"winrm/config/listener?{keys}")
    assert served_certificate(port, "127.0.0.2") in file.read_text()


def test_certificates_reload_when_their_file_changes(running):
    folder = running.folder / "tls"
    file, _ = make_certificate(folder, "web1.example")
    port = free_port()
    keys = "Address=IP:127.0.0.2+Transport=HTTPS"
    created = create_listener(running, keys, {"Port": port, "CertificateFile": str(file)})
    assert created.returncode == 0, created.stderr
    first = served_certificate(port, "127.0.0.2")
    make_certificate(folder, "web1.example")
    wait_until(lambda: served_certificate(port, "127.0.0.2") != first)
    assert served_certificate(port, "127.0.0.2") in file.read_text()


def test_L18_without_remote_access_only_this_machine_is_served(running):
    text = running.configuration.read_text()
    running.configuration.write_text(
        text.replace("[Service.Auth]", "[Service]\nAllowRemoteAccess = false\n[Service.Auth]")
    )
    running.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "is in use" in running.log)
    assert "AllowRemoteAccess = false" in succeed(running, "get", "winrm/config/service")


def test_L3_local_requests_need_no_listener(tmp_path):
    port = free_port()
    service = Service(tmp_path, {"Daemon": {"LocalPort": port}})
    service.configuration.write_text(service.configuration.read_text().split("[[Listener]]")[0])
    service.start()
    try:
        assert succeed(service, "e", "winrm/config/listener") == ""
        assert "MaxEnvelopeSizekb" in succeed(service, "get", "winrm/config")
        assert answers(port) == 401
        assert answers(service.http_port) is None
    finally:
        service.stop()


def test_C1_C2_without_a_running_service(tmp_path):
    service = Service(tmp_path)
    assert "MaxTimeoutms = 60000" in succeed(service, "get", "winrm/config")
    assert "MaxTimeoutms = 5000" in succeed(service, "set", "winrm/config", '@{MaxTimeoutms="5000"}')
    assert "MaxTimeoutms = 5000" in service.configuration.read_text()
    assert succeed(service, "e", "winrm/config/listener").count("Listener\n") == 2


def test_C2_changes_at_once_without_a_running_service_are_all_kept(tmp_path):
    service = Service(tmp_path)
    addresses = [f"IP:127.0.1.{number}" for number in range(1, 13)]
    with ThreadPoolExecutor(len(addresses)) as programs:
        keys = [f"Address={address}+Transport=HTTP" for address in addresses]
        made = list(programs.map(lambda key: create_listener(service, key, {"Port": 5985}), keys))
    assert [done.stderr for done in made if done.returncode] == []
    assert [a for a in addresses if f'"{a}"' not in service.configuration.read_text()] == []


def test_C15_quickconfig_without_a_running_service_says_so(tmp_path):
    service = Service(tmp_path)
    port = free_port()
    succeed(service, "set", "winrm/config/service/defaultports", f'@{{HTTP="{port}"}}')
    made = succeed(service, "quickconfig", "-quiet")
    assert made.startswith("WinRM service is not running on this machine: start winrmd.\n")
    assert "Created a WinRM listener on HTTP://*" in made
    service.start()
    try:
        assert answers(port) == 401
    finally:
        service.stop()


def test_O5_policy_can_make_a_listener(running):
    port = free_port()
    succeed(running, "set", "winrm/config/service/defaultports", f'@{{HTTP="{port}"}}')
    policy = running.folder / "policy.d"
    policy.mkdir()
    (policy / "10.toml").write_text("[Service]\nAllowAutoConfig = true\nIPv4Filter = '127.0.0.1'\nIPv6Filter = ''\n")
    wait_until(lambda: answers(port) == 401)
    shown = succeed(running, "e", "winrm/config/listener")
    assert f'Listener [Source="GPO"]\n    Address = *\n    Transport = HTTP\n    Port = {port}\n' in shown
    assert answers(port, "127.0.0.5") is None
    assert "0x8033808A" in fail(running, "delete", "winrm/config/listener?Address=*+Transport=HTTP")


def test_O5_a_listener_of_policy_takes_the_place_of_quickconfigs(running):
    port = free_port()
    succeed(running, "set", "winrm/config/service/defaultports", f'@{{HTTP="{port}"}}')
    succeed(running, "quickconfig", "-quiet")
    policy = running.folder / "policy.d"
    policy.mkdir()
    listener = "winrm/config/listener?Address=*+Transport=HTTP"
    for text in ("[Service]\nAllowAutoConfig = true\n", "[[Listener]]\nHostname = 'managed'\n"):
        (policy / "10.toml").write_text(text)
        wait_until(lambda: 'Listener [Source="GPO"]' in succeed(running, "get", listener))
        assert "0x8033808A" in fail(running, "set", listener, '@{Enabled="false"}')
        running.stop()
        running.start()
        assert answers(port) == 401


def test_changes_under_load_lose_no_request(running):
    """Requests run one after the other on kept and on new connections while settings change."""
    stop = threading.Event()
    failures, done = [], [0]
    remote = [f"-r:http://127.0.0.1:{running.http_port}", f"-u:{running.user.name}", f"-p:{running.user.password}"]

    def ask():
        while not stop.is_set():
            asked = winrm(running, "get", "wmicimv2/Win32_OperatingSystem", *remote)
            done[0] += 1
            if asked.returncode != 0:
                failures.append(asked.stderr)

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for value in range(100, 110):
        succeed(running, "set", "winrm/config/service", f'@{{MaxConnections="{value}"}}')
    stop.set()
    for asker in askers:
        asker.join()
    assert failures == []
    assert done[0] > 10
