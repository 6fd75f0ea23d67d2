"""``python -m torture.checker FILE``: what a history holds and what is wrong with it; exit code 1 when something is."""

import sys
import time

from torture import history

from .judge import Checker

SHOWN = 20


def main(path):
    """Print a summary of the history in a file. Returns the exit code."""
    began = time.monotonic()
    checker = Checker()
    for line in history.read(path):
        checker.take(line)
    findings = checker.judge()
    seconds = time.monotonic() - began
    index = checker.index
    print(f"operations {checker.operations:,}, acknowledged sends {index.acked_sends:,}, deliveries {checker.walker.deliveries:,}")
    print(f"polls {checker.walker.polls:,}, generations {len(index.generations)}")
    print("faults " + (", ".join(f"{kind} {count}" for kind, count in sorted(index.injected().items())) or "none"))
    print(f"checked in {seconds:.1f} s: {(checker.operations + checker.walker.deliveries) / seconds:,.0f} operations and deliveries/s")
    if not findings.counts:
        print("no anomaly")
    for invariant, count in sorted(findings.counts.items()):
        print(f"{invariant}: {count:,}")
        for anomaly in findings.of(invariant)[:SHOWN]:
            print(f"  {anomaly.what} (lines {', '.join(map(str, anomaly.lines))})" if anomaly.lines else f"  {anomaly.what}")
    return 1 if findings.counts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
