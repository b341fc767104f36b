"""Read `mutmut results --all true`, print the share of killed mutants of each module, and exit
with 1 where all modules together have less than 95 %."""

import sys
from collections import Counter

LEAST = 0.95
# a test that runs forever, or crashes the process, has noticed the mutant
KILLED = {"killed", "timeout", "segfault", "caught by type check"}


def main() -> None:
    """Count mutants by module; a mutant's name is its function's full name and a number."""
    made: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    for line in sys.stdin:
        name, _, status = line.strip().rpartition(": ")
        module = name.rpartition(".")[0]
        if module:
            made[module] += 1
            killed[module] += status in KILLED
    for module in sorted(made):
        print(f"{module:28} {killed[module]:4} of {made[module]:4} killed")
    share = killed.total() / max(made.total(), 1)
    print(f"{'all':28} {killed.total():4} of {made.total():4} killed: {share:.1%}")
    sys.exit(share < LEAST)


if __name__ == "__main__":
    main()
