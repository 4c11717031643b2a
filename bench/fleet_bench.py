"""Measures one command on 500 hosts at once, and what hosts in trouble cost the others. Run it as scripts/bench."""

import os
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
os.environ.setdefault("WINRM_BIN", str(ROOT / "build/release/bin"))

from support.fleet import FLOODING, HANGING, REFUSING, Fleet, Run, many_shells, quiet_and_troubled  # noqa: E402

HOSTS = int(os.environ.get("BENCH_HOSTS", "500"))
WHOLE_ROUNDS, PAIRS = 3, 9


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
            whole, seconds = min((measure_all(folder, service) for _ in range(WHOLE_ROUNDS)), key=lambda pair: pair[1])
            pairs = [quiet_and_troubled(service, folder, HOSTS) for _ in range(PAIRS)]
        finally:
            service.stop()
    quiet, troubled = (statistics.median(column) for column in zip(*pairs, strict=True))
    change = statistics.median(troubled / quiet for quiet, troubled in pairs) - 1
    print(
        f"winrs on {HOSTS} hosts (NTLM, encrypted, {os.cpu_count()} cores, service on the same machine): "
        f"{seconds:.2f} s, {whole.megabytes:.0f} MB; {HANGING} hanging, {REFUSING} refusing and {FLOODING} flooding "
        f"hosts: {quiet:.2f} s without them, {troubled:.2f} s with them ({change:+.0%} in the median of {PAIRS} pairs)"
    )


if __name__ == "__main__":
    main()
