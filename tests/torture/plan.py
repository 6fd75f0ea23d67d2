"""A plan of faults: which one when, in an order that a seed decides, with times between in which the system runs undisturbed."""

import random
import time

from .faults import inject

PAUSE_WEIGHT = 4  # a pause is so many times as long as a usual gap
FAULTS_BETWEEN_PAUSES = (3, 7)
LAST_PART = 0.9  # after this part of the time no fault begins


class Plan:
    """Faults over ``duration`` seconds: each of ``kinds`` at least ``minimum`` times (a number, or a dict by kind).

    Iterating yields (seconds from the beginning, kind). ``planned`` is {kind: how many}.
    """

    def __init__(self, seed, kinds, minimum, duration):
        self.planned = {kind: minimum[kind] if isinstance(minimum, dict) else minimum for kind in kinds}
        self._random = random.Random(seed)
        order = [kind for kind, count in self.planned.items() for _ in range(count)]
        self._random.shuffle(order)
        self._faults = list(zip(self._times(len(order), duration * LAST_PART), order, strict=True))

    def __iter__(self):
        return iter(self._faults)

    def __len__(self):
        return len(self._faults)

    def carry_out(self, ground, note, stopped, tries=3):
        """Inject fault after fault, each at its time or when the one before has ended. ``note(**fields)`` gets the line of each;
        ``stopped`` is an Event that ends it early. What could not be injected is tried again at the end."""
        begun, missed = time.monotonic(), []
        for when, kind in self._faults:
            if stopped.wait(max(0, begun + when - time.monotonic())):
                return
            missed += [] if _noted(inject(kind, ground), note) else [kind]
        for kind in missed * tries:
            if missed and not stopped.wait(0.5) and kind in missed and _noted(inject(kind, ground), note):
                missed.remove(kind)

    def _times(self, count, duration):
        gaps, left = [], self._random.randint(*FAULTS_BETWEEN_PAUSES)
        for _ in range(count):
            left -= 1
            gaps.append(self._random.uniform(0.3, 1.7) * (1 if left else PAUSE_WEIGHT))
            left = left or self._random.randint(*FAULTS_BETWEEN_PAUSES)
        passed, times = 0, []
        for gap in gaps:
            passed += gap
            times.append(passed * duration / sum(gaps))
        return times


def _noted(fields, note):
    note(**fields)
    return fields["did"]
