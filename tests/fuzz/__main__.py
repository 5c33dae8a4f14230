"""``python -m tests.fuzz``: try very many cases at every door, on all processors; ends with 1 at what breaks a promise.

Each case has a number, and the same number is the same case: python -m tests.fuzz --door page --case 4711
"""

import argparse
import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor, as_completed
from random import Random

from index.runtime import processors
from tests.fuzz.doors import DOORS

CHUNK = 2000
_NAMES = {door.__name__: door for door in DOORS}


def tried(name: str, first: int, count: int) -> tuple[str, int, list[str]]:
    """Try cases; returns how many, and what broke."""
    broken = []
    for number in range(first, first + count):
        try:
            _NAMES[name](Random(f"{name} {number}"))
        except BaseException:  # A panic of a library in Rust is no Exception.
            broken.append(f"{name}, case {number}:\n{traceback.format_exc(limit=-4)}")
            if len(broken) > 2:
                break
    return name, count, broken


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000, help="in all (default: a million)")
    parser.add_argument("--first", type=int, default=0, help="number of the first case (default: 0)")
    parser.add_argument("--door", choices=_NAMES, help="only this one")
    parser.add_argument("--case", type=int, help="only this case of --door, with its traceback")
    options = parser.parse_args()
    if options.case is not None:
        _NAMES[options.door](Random(f"{options.door} {options.case}"))
        return 0
    doors = {options.door: 1} if options.door else {door.__name__: share for door, share in DOORS.items()}
    shares = {name: options.cases * share // sum(doors.values()) for name, share in doors.items()}
    began, done, broken = time.monotonic(), 0, []
    counts = dict.fromkeys(shares, 0)
    with ProcessPoolExecutor(processors()) as pool:
        jobs = [
            pool.submit(tried, name, options.first + at, min(CHUNK, count - at))
            for name, count in shares.items()
            for at in range(0, count, CHUNK)
        ]
        for number, job in enumerate(as_completed(jobs), start=1):
            name, count, found = job.result()
            done += count
            counts[name] += count
            broken += found
            left = (time.monotonic() - began) / number * (len(jobs) - number) / 60
            print(f"\r{done:,} cases, {len(broken)} broken, about {left:.0f} min left ", end="", file=sys.stderr)
    print(file=sys.stderr)
    for one in broken[:10]:
        print(one)
    print("\n".join(f"{name:14}{count:>12,}" for name, count in counts.items()))
    print(f"{'together':14}{done:>12,} cases in {time.monotonic() - began:,.0f} s, {len(broken)} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
