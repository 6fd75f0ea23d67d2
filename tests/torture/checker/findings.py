"""What was found to be wrong."""

from typing import NamedTuple

INVARIANTS = {
    "lost": "what was acknowledged is there: stored, in pages and states read later, in chains (I1)",
    "duplicate": "nobody gets a thing twice, no client id has two rows (I2)",
    "phantom": "nothing is there that was not sent, or that was refused (I3)",
    "reordered": "a chain's numbers rise; nothing is edited before it is sent (I4)",
    "gap": "numbers rise by exactly one (I5)",
    "diverged": "a number means one message with one text for everybody (I6)",
    "ack": "what an acknowledgement said is what is read later (I7)",
    "real time": "what was known before another was sent has the lower number (I8)",
    "session order": "a writer's own messages keep their order (I9)",
    "uncertain": "what was seen once stays, acknowledged or not (I10)",
    "cursor": "cursors go on where they stood, and old ones tell the same again (I11)",
    "replay": "a state and all that came after it make the state read anew (I12)",
    "entitlement": "nobody gets anything of a conversation that they are not in (I13)",
    "liveness": "once healed, everything reaches everybody in time; no resync without a restored backup (I14)",
    "planned": "the run did what it was to do",
}
MOST_KEPT = 1_000


class Anomaly(NamedTuple):
    """``invariant`` is one of INVARIANTS, ``lines`` are numbers of lines of the history, from 1."""

    invariant: str
    what: str
    lines: tuple = ()


class Findings:
    """Anomalies; of each invariant all are counted and the first MOST_KEPT kept."""

    def __init__(self):
        self.counts, self._kept = {}, {}

    def add(self, invariant, what, *lines):
        """Note an anomaly."""
        if invariant not in INVARIANTS:
            raise KeyError(invariant)
        self.counts[invariant] = self.counts.get(invariant, 0) + 1
        if self.counts[invariant] <= MOST_KEPT:
            self._kept.setdefault(invariant, []).append(Anomaly(invariant, what, tuple(line for line in lines if line)))

    def of(self, invariant):
        """Return the kept anomalies of one invariant."""
        return self._kept.get(invariant, [])

    def all(self):
        """Return all kept anomalies, by invariant."""
        return [anomaly for invariant in INVARIANTS for anomaly in self.of(invariant)]
