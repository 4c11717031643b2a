"""winrcp against a running service, through a network that fails."""

import hashlib
import os
import random
import re
import signal
import subprocess
import time

import pytest

from support.relay import Cutting, Relay
from support.service import binary

LARGE_BYTES = 64 * 1024 * 1024
SMALL_FILES = 10_000
GIGABYTE = 1024 * 1024 * 1024


@pytest.fixture
def network(service):
    with Relay(service.http_port, keep=False) as relay:
        yield relay


@pytest.fixture
def winrcp(service, network, tmp_path):
    password = tmp_path / "password"
    password.write_text(service.user.password)
    password.chmod(0o600)
    who = [f"-r:http://127.0.0.1:{network.port}", f"-u:{service.user.name}", f"-passwordfile:{password}"]
    return [binary("winrcp"), *who]


def copy(winrcp, *arguments, **options):
    return subprocess.run([*winrcp, *arguments], capture_output=True, text=True, timeout=300, check=False, **options)


def digest(file) -> str:
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def tree_of(folder) -> dict:
    return {
        str(path.relative_to(folder)): (digest(path), path.stat().st_mode, int(path.stat().st_mtime))
        for path in folder.rglob("*")
        if path.is_file()
    }


def write_large(file, size: int):
    with file.open("wb") as stream:
        for _ in range(size >> 20):
            stream.write(os.urandom(1 << 20))
    os.utime(file, (1_600_000_000, 1_600_000_000))
    return file


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return write_large(tmp_path_factory.mktemp("large") / "large.bin", LARGE_BYTES)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    random.seed(4)
    for number in range(SMALL_FILES):
        file = folder / f"folder {number % 17}" / f"{'ä' * (number % 3)}file'{number}"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(random.randbytes(random.randrange(0, 8000)))
        os.utime(file, (1_500_000_000 + number, 1_500_000_000 + number))
        file.chmod(0o600 + 0o11 * (number % 5))
    (folder / "folder 1" / ("n" * 200)).write_text("a long name")
    (folder / "-rf").write_text("no option")
    (folder / "line\nfeed").write_text("not in lists")
    (folder / "nobody").mkdir()
    return folder


def test_a_large_file_both_ways_through_cuts(winrcp, network, large, tmp_path):
    large_file_both_ways(winrcp, network, large, tmp_path)


@pytest.mark.skipif(os.environ.get("WINRM_FULL_SIZE") != "1", reason="takes a minute: set WINRM_FULL_SIZE=1")
def test_a_gigabyte_both_ways_through_cuts(winrcp, network, tmp_path):
    large_file_both_ways(winrcp, network, write_large(tmp_path / "gigabyte", GIGABYTE), tmp_path)


def large_file_both_ways(winrcp, network, large, tmp_path):
    there, back = tmp_path / "there.bin", tmp_path / "back.bin"
    with Cutting(network, 0.7) as cutting:
        sent = copy(winrcp, str(large), f":{there}")
        cuts = cutting.cuts
        fetched = copy(winrcp, f":{there}", str(back))
    assert (sent.returncode, sent.stderr, fetched.returncode, fetched.stderr) == (0, "", 0, "")
    assert cuts > 0 and cutting.cuts > cuts, "both were cut in the middle"
    assert digest(large) == digest(there) == digest(back)
    assert int(back.stat().st_mtime) == 1_600_000_000
    assert not list(tmp_path.glob(".winrcp-*"))


def test_many_small_files_both_ways_through_cuts(winrcp, network, many, tmp_path):
    there, back = tmp_path / "there", tmp_path / "back"
    with Cutting(network, 0.4) as cutting:
        sent = copy(winrcp, str(many), f":{there}")
        cuts = cutting.cuts
        fetched = copy(winrcp, f":{there}", str(back))
    assert cuts > 0 and cutting.cuts > cuts, "both were cut in the middle"
    # The name with the line feed cannot be an argument of a program, and that is said.
    assert (sent.returncode, sent.stderr.count("\n"), "cannot be sent" in sent.stderr) == (1, 1, True)
    assert (fetched.returncode, fetched.stderr) == (0, "")
    expected = tree_of(many)
    del expected["line\nfeed"]
    assert tree_of(there) == expected
    assert tree_of(back) == expected
    assert (there / "nobody").is_dir() and (back / "nobody").is_dir()


def test_what_is_there_already_is_compared_only(winrcp, network, many, tmp_path):
    source = many / "folder 3"
    there = tmp_path / source.name  # into the folder that is there, as cp and scp do it
    begun = network.passed
    assert copy(winrcp, str(source), f":{tmp_path}").returncode == 0
    whole = network.passed - begun
    victim = sorted(path for path in there.iterdir() if path.stat().st_size > 100)[0]
    before = victim.stat()
    victim.write_bytes(bytes(before.st_size))  # another content of the same size and time
    os.utime(victim, (before.st_mtime, before.st_mtime))
    passed = network.passed
    assert copy(winrcp, str(source), f":{tmp_path}").returncode == 0
    assert network.passed - passed < whole / 2
    assert tree_of(there) == tree_of(source)


def shells(winrcp) -> set:
    command = [binary("winrm"), "enumerate", "shell", *winrcp[1:]]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    return {line.split(" = ")[1] for line in listed.stdout.splitlines() if line.strip().startswith("ShellId = ")}


def delete_shells(winrcp) -> None:
    for shell in shells(winrcp):
        command = [binary("winrm"), "delete", f"shell?ShellId={shell}", *winrcp[1:]]
        subprocess.run(command, stdout=subprocess.DEVNULL, timeout=30, check=True)


@pytest.mark.parametrize("direction", ["there", "here"])
def test_a_copy_that_was_killed_is_continued(winrcp, network, large, tmp_path, direction):
    target = tmp_path / "copy.bin"
    ends = [str(large), f":{target}"] if direction == "there" else [f":{large}", str(target)]
    begun = network.passed
    with subprocess.Popen([*winrcp, *ends], stderr=subprocess.PIPE) as process:
        while network.passed - begun < LARGE_BYTES // 2:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert not target.exists()
    network.cut()
    time.sleep(0.5)
    begun = network.passed
    done = copy(winrcp, *ends)
    assert (done.returncode, done.stderr) == (0, "")
    assert digest(target) == digest(large)
    # Base64 makes it 4/3: less than the whole file went over again.
    assert network.passed - begun < LARGE_BYTES * 1.1
    delete_shells(winrcp)  # who is killed cannot do it


def test_ctrl_c_ends_it_and_leaves_no_shell(winrcp, network, large, tmp_path):
    begun = network.passed
    with subprocess.Popen([*winrcp, str(large), f":{tmp_path / 'x'}"], stderr=subprocess.PIPE, text=True) as process:
        while network.passed - begun < 1_000_000:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 128 + signal.SIGINT
        assert "goes on where it stopped" in process.stderr.read()
    assert shells(winrcp) == set()


def test_into_folders_and_several_at_once(winrcp, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    done = copy(winrcp, str(tmp_path / "a"), str(tmp_path / "b"), f":{tmp_path}/new")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "new/a").read_text() + (tmp_path / "new/b").read_text() == "ab"
    assert copy(winrcp, f":{tmp_path}/a", f"{tmp_path}/other/").returncode == 0
    assert (tmp_path / "other/a").read_text() == "a"


def test_compressed_copies_are_the_same_and_smaller_on_the_wire(winrcp, network, tmp_path):
    text = tmp_path / "text"
    text.write_text("".join(f"line {n} of a log that says the same all the time\n" for n in range(200_000)))
    begun = network.passed
    assert copy(winrcp, "-compression", str(text), f":{tmp_path}/there").returncode == 0
    assert copy(winrcp, "-compression", f":{tmp_path}/there", f"{tmp_path}/back").returncode == 0
    assert digest(text) == digest(tmp_path / "back")
    assert network.passed - begun < text.stat().st_size


def test_what_cannot_be_copied_is_said_and_the_rest_is_copied(winrcp, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "good").write_text("good")
    (source / "link").symlink_to("good")
    (tmp_path / "target/good2").mkdir(parents=True)
    (source / "good2").write_text("where a folder is")
    done = copy(winrcp, str(source) + "/good2", str(source), f":{tmp_path}/target/")
    assert done.returncode == 1
    assert "good2" in done.stderr and f"\n  {source}/link\n" in done.stderr
    assert (tmp_path / "target/source/good").read_text() == "good"
    absent = copy(winrcp, f":{tmp_path}/nowhere", str(tmp_path / "x"))
    assert (absent.returncode, "There is no file" in absent.stderr) == (1, True)
    assert copy(winrcp, "a", "b").returncode == 2


@pytest.mark.parametrize("direction", ["upload", "download"])
def test_links_that_are_not_copied_are_named_and_make_the_copy_incomplete(winrcp, tmp_path, direction):
    source = tmp_path / "source"
    (source / "below").mkdir(parents=True)
    (source / "file").write_text("good")
    os.mkfifo(source / "below/a b")
    for number in range(30):
        (source / f"link{number:02}").symlink_to("file")
    here, there = str(source), f"{tmp_path}/target"
    done = copy(winrcp, here, f":{there}") if direction == "upload" else copy(winrcp, f":{here}", there)
    assert done.returncode == 1
    assert sorted(path.name for path in (tmp_path / "target").iterdir()) == ["below", "file"]
    named = re.findall(f"^  {source}/(.*)$", done.stderr, re.MULTILINE)
    assert len(named) == 20 and set(named) <= {"below/a b", *(f"link{number:02}" for number in range(30))}
    assert "\n  and 11 more\n" in done.stderr
    one = copy(winrcp, here + "/below", f":{tmp_path}/other")
    assert (one.returncode, one.stderr.splitlines()[-1]) == (1, f"  {source}/below/a b")
    assert copy(winrcp, here + "/file", f":{tmp_path}/other/").returncode == 0
