"""Measures one command on 500 hosts at once, and what hosts in trouble cost the others. Run it as scripts/bench."""

import os
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
os.environ.setdefault("WINRM_BIN", str(ROOT / "build/release/bin"))

from support.fleet import Fleet, Run, many_shells  # noqa: E402

HOSTS = int(os.environ.get("BENCH_HOSTS", "500"))
HANGING, REFUSING, FLOODING = 5, 5, 1
HOST_SECONDS = 15
ROUNDS = 3


def measure(folder: Path, service, in_trouble: bool) -> tuple[Run, float]:
    """A run, and when the last good host's record came."""
    fleet = Fleet(service, folder)
    try:
        # The same number of good hosts with and without the others: their times can be compared.
        good = fleet.add_good(HOSTS - HANGING - REFUSING - FLOODING)
        if in_trouble:
            fleet.add_hanging(HANGING)
            fleet.add_refusing(REFUSING)
            fleet.add_flooding(FLOODING)
        run = fleet.run(f"-hosttimeout:{HOST_SECONDS}", patience=120)
    finally:
        fleet.close()
    failed = [name for name in good if run.records[name].get("exitCode") != 0]
    if failed:
        raise SystemExit(f"{len(failed)} good hosts failed: {run.records[failed[0]]}")
    return run, run.last_arrival(good)


def measure_all(folder: Path, service) -> tuple[Run, float]:
    fleet = Fleet(service, folder)
    fleet.add_good(HOSTS)
    run = fleet.run(patience=120)
    if run.status != 0:
        raise SystemExit(f"the run ended with {run.status}")
    return run, run.seconds


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="winrm-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        service = many_shells(folder)
        try:
            measure_all(folder, service)  # the service's first host process and log-on
            whole, seconds = min((measure_all(folder, service) for _ in range(ROUNDS)), key=lambda pair: pair[1])
            # In turn, so that both see the same state of the machine.
            pairs = [
                (measure(folder, service, in_trouble=False)[1], measure(folder, service, in_trouble=True)[1])
                for _ in range(ROUNDS)
            ]
        finally:
            service.stop()
    quiet, troubled = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"winrs on {HOSTS} hosts (NTLM, encrypted, {os.cpu_count()} cores, service on the same machine): "
        f"{seconds:.2f} s, {whole.megabytes:.0f} MB; {HANGING} hanging, {REFUSING} refusing and {FLOODING} flooding "
        f"hosts change the others' time from {quiet:.2f} to {troubled:.2f} s ({troubled / quiet - 1:+.0%})"
    )


if __name__ == "__main__":
    main()
