"""Runs the benchmarks named on the command line, or all."""

import sys
from collections.abc import Callable

from benchmarks import buyers, capturing, checks, cleaning, computing, indicators, loading, parsing, rivals, texts

ALL: dict[str, Callable[[], None]] = {
    "parsing": parsing.main,
    "capture": capturing.main,
    "rivals": rivals.main,
    "load": loading.main,
    "checks": checks.checks,
    "orchestration": computing.orchestration,
    "indicators": indicators.main,
    "cleaning": cleaning.main,
    "texts": texts.main,
    "buyers": buyers.main,
}


def main() -> None:
    """Run them one after the other."""
    chosen = sys.argv[1:] or list(ALL)
    unknown = [name for name in chosen if name not in ALL]
    if unknown:
        sys.exit(f"unknown benchmark {unknown[0]}; there are {', '.join(ALL)}")
    for name in chosen:
        print(f"== {name}", flush=True)
        ALL[name]()


if __name__ == "__main__":
    main()
