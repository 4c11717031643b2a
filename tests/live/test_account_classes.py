"""Accounts, groups and sessions against getent and id, and what clients change of them."""

import os
import secrets
import subprocess

import pytest

from support.caller import Caller
from support.cim import instance, instances
from support.envelope import CIMV2

ACCESS_DENIED = 5
ENVIRONMENT_OF_TOOLS = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


def output_of(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT_OF_TOOLS).stdout.strip()


def entries(database: str) -> dict[str, list[str]]:
    return {line.split(":")[0]: line.split(":") for line in output_of("getent", database).splitlines()}


@pytest.fixture
def domain() -> str:
    return os.uname().nodename.split(".")[0]


@pytest.fixture
def account(as_root):
    """An account of this machine with a group of its name; renamed by tests, and gone afterwards."""
    name = f"winrm-test-{secrets.token_hex(2)}"
    # A number that none before had: a process of that one would hold up usermod.
    uid = str(20000 + secrets.randbelow(30000))
    options = ["--uid", uid, "--create-home", "--comment", "First Name,Room 1,,", "--shell", "/bin/sh"]
    subprocess.run(["useradd", *options, name], check=True)
    yield name
    now = output_of("getent", "passwd", uid).split(":")[0]
    group = output_of("getent", "group", output_of("id", "-g", now)).split(":")[0]
    subprocess.run(["userdel", "--force", "--remove", now], check=False, capture_output=True)
    subprocess.run(["groupdel", group], check=False, capture_output=True)


@pytest.fixture
def caller_of_account(service, account) -> Caller:
    return Caller(service, service.add_user(f"user-of-{account}", account=account))


# -- values -------------------------------------------------------------------------------------------------


def test_D7_accounts_agree_with_getent(caller, account):
    users = entries("passwd")
    found = instances(caller, "Win32_UserAccount") + instances(caller, "Win32_SystemAccount")
    ours = {row["Name"]: row for row in found}
    assert ours.keys() == users.keys()
    for name, fields in users.items():
        assert ours[name]["SID"] == f"S-1-22-1-{fields[2]}"
        assert (ours[name]["Description"] or "") == fields[4]
    assert ours[account]["FullName"] == "First Name"


def test_D7_groups_agree_with_getent(caller):
    groups = entries("group")
    ours = {row["Name"]: row["SID"] for row in instances(caller, "Win32_Group")}
    assert ours == {name: f"S-1-22-2-{fields[2]}" for name, fields in groups.items()}


def test_M4_accounts_are_users_and_groups(caller):
    assert len(instances(caller, "Win32_Account")) == len(entries("passwd")) + len(entries("group"))


def test_D7_members_agree_with_id(caller, account):
    subprocess.run(["usermod", "--append", "--groups", "games", account], check=True)
    uri = "{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}Selector"
    ours = set()
    for item in caller.enumerate(CIMV2 + "Win32_GroupUser"):
        ends = {end.tag.split("}")[-1]: {s.get("Name"): s.text for s in end.iter(uri)} for end in item}
        ours.add((ends["GroupComponent"]["Name"], ends["PartComponent"]["Name"]))
    for user in (account, "root", "daemon"):
        assert {group for group, member in ours if member == user} == set(output_of("id", "-Gn", user).split())


def test_D7_the_profile_is_the_home_folder(caller, account):
    profile = instance(caller, "Win32_UserProfile", SID=f"S-1-22-1-{output_of('id', '-u', account)}").get()
    assert profile["LocalPath"] == f"/home/{account}"
    assert profile["Special"] == "false"


def test_D7_password_rules_are_those_of_chage(caller, account, domain):
    subprocess.run(["chage", "--maxdays", "90", "--expiredate", "2020-01-01", account], check=True)
    found = instance(caller, "Win32_UserAccount", Domain=domain, Name=account).get()
    assert found["PasswordExpires"] == "true"
    assert found["Disabled"] == "true"
    assert found["Lockout"] == "true", "useradd locks the password"


def test_Z8_password_rules_are_for_root_alone(caller_of_account, account, domain):
    found = instance(caller_of_account, "Win32_UserAccount", Domain=domain, Name=account).get()
    assert found["FullName"] == "First Name"
    assert found["Disabled"] is None and found["PasswordRequired"] is None


# -- changes ------------------------------------------------------------------------------------------------


def test_D7_a_user_is_renamed(caller, account, domain):
    keys = {"Domain": domain, "Name": account}
    uid = output_of("id", "-u", account)
    assert instance(caller, "Win32_UserAccount", **keys).result_of("Rename", Name="not a:name") == 3
    assert instance(caller, "Win32_UserAccount", **keys).result_of("Rename", Name="daemon") == 3, "it is taken"
    assert instance(caller, "Win32_UserAccount", **keys).result_of("Rename", Name=f"{account}-2") == 0
    assert output_of("getent", "passwd", uid).split(":")[0] == f"{account}-2"


def test_D7_a_group_is_renamed(caller, account, domain):
    keys = {"Domain": domain, "Name": account}
    gid = output_of("id", "-g", account)
    assert instance(caller, "Win32_Group", **keys).result_of("Rename", Name="") == 3
    assert instance(caller, "Win32_Group", **keys).result_of("Rename", Name=f"{account}-g") == 0
    assert output_of("getent", "group", gid).split(":")[0] == f"{account}-g"


def test_M3_a_user_is_changed(caller, account, domain):
    keys = {"Domain": domain, "Name": account}
    changed = instance(caller, "Win32_UserAccount", **keys).put(FullName="Second Name")
    assert not changed.is_fault, changed.body
    assert entries("passwd")[account][4] == "Second Name,Room 1,,"
    assert not instance(caller, "Win32_UserAccount", **keys).put(Disabled="true").is_fault
    assert "1970" in output_of("chage", "--list", account)
    assert not instance(caller, "Win32_UserAccount", **keys).put(Disabled="false").is_fault
    assert "1970" not in output_of("chage", "--list", account)
    assert instance(caller, "Win32_UserAccount", **keys).put(FullName="a:b").is_fault
    assert instance(caller, "Win32_UserAccount", **keys).put(SID="S-1-22-1-0").is_fault, "nobody writes a SID"


def test_Z8_accounts_are_changed_by_root_alone(caller_of_account, account, domain):
    keys = {"Domain": domain, "Name": account}
    before = entries("passwd")[account]
    for answer in (
        instance(caller_of_account, "Win32_UserAccount", **keys).invoke("Rename", Name="other"),
        instance(caller_of_account, "Win32_Group", **keys).invoke("Rename", Name="other"),
        instance(caller_of_account, "Win32_UserAccount", **keys).put(Disabled="true"),
    ):
        assert answer.fault_code == ACCESS_DENIED
    assert entries("passwd")[account] == before
