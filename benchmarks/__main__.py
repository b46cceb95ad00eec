"""`python -m benchmarks [NAME…] [--scale 1M|3M|10M|35M] [--json]`, the same as `mlb-ml bench`.

Belongs here: the options and the exit code.
Not here: the benchmarks and their names (run.py).
"""

import argparse
import sys

from benchmarks.run import NAMES, UnknownBenchmark, run_benchmarks
from benchmarks.scratch import SCALES, UnknownScale


def main() -> int:
    """Run the benchmarks that the command line names; 2 where it names an unknown one."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Our paths beside the plain limit of the same machine."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: the quick ones; all: {', '.join(NAMES)}")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON instead of tables")
    parser.add_argument("--scale", default="1M", help=f"rows of the odds table: {', '.join(SCALES)} (a season is 3M)")
    options = parser.parse_args()
    try:
        run_benchmarks(options.names, as_json=options.as_json, scale=options.scale)
    except (UnknownBenchmark, UnknownScale) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
