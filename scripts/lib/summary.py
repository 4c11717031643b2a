"""Adds up the result files of one run of scripts/test and prints what failed and what was skipped."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from results import read_results


def main() -> None:
    results = read_results(Path(sys.argv[1]))
    by_outcome = {"pass": [], "fail": [], "skip": []}
    for result in results:
        by_outcome[result.outcome].append(result)
    for result in by_outcome["skip"]:
        print(f"skipped: {result.name}: {result.reason}")
    for result in by_outcome["fail"]:
        print(f"failed:  {result.name}")
    print("{} passed, {} failed, {} skipped".format(*(len(by_outcome[key]) for key in ("pass", "fail", "skip"))))


if __name__ == "__main__":
    main()
