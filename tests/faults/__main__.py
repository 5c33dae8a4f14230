"""``python -m tests.faults``: kill work at random moments, many times; ends with 1 if a promise is broken."""

import argparse
import sys
import tempfile
import traceback
from pathlib import Path
from random import Random

from tests.faults.kills import TRIALS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="in all (default: 200)")
    options = parser.parse_args()
    broken = 0
    counts = dict.fromkeys((trial.__name__ for trial in TRIALS), 0)
    for number in range(options.kills):
        trial = TRIALS[number % len(TRIALS)]
        with tempfile.TemporaryDirectory(prefix="faults-") as folder:
            try:
                trial(Path(folder), Random(f"{trial.__name__} {number}"))
            except Exception:
                broken += 1
                print(f"{trial.__name__}, number {number}:\n{traceback.format_exc(limit=-3)}")
        counts[trial.__name__] += 1
        print(f"\r{number + 1} of {options.kills} kills, {broken} promises broken ", end="", file=sys.stderr)
    print(file=sys.stderr)
    print("\n".join(f"{name:14}{count:>6}" for name, count in counts.items()))
    print(f"{'together':14}{options.kills:>6} kills, {broken} promises broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
