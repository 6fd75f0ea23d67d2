"""Who may see when somebody was last here, and how exactly. Reciprocal: nobody sees of others more, or more exactly, than
they show to them."""

from dataclasses import dataclass

NOBODY, GROUPS, EVERYONE = "nobody", "groups", "everyone"
EXACT, HOUR, DAY = "exact", "hour", "day"
STEP_SECONDS = {EXACT: 0, HOUR: 3600, DAY: 86_400}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks: what they show of themself, and with whom they share a group or a direct conversation."""

    last_seen_to: str = EVERYONE
    last_seen_precision: str = EXACT
    acquainted: frozenset = frozenset()


STRANGER = Viewer()


def last_seen_for(viewer, user_id, told, seen):
    """Return (second or None, precision or None) of when a person was last here, as a Viewer may see it.

    ``told``: their Said as others are told it; ``seen``: the second itself. An hour is given as its beginning, a day as its
    midnight in UTC.
    """
    both = {viewer.last_seen_to, told.last_seen_to}
    if seen is None or NOBODY in both or (GROUPS in both and user_id not in viewer.acquainted):
        return None, None
    precision = max(viewer.last_seen_precision, told.last_seen_precision, key=STEP_SECONDS.get)
    step = STEP_SECONDS[precision]
    return (seen // step * step if step else seen), precision


def asks_who(viewer, told):
    """Tell whether it depends on a common group what a Viewer may see of a person who says ``told``."""
    return GROUPS in (viewer.last_seen_to, told.last_seen_to) and NOBODY not in (viewer.last_seen_to, told.last_seen_to)
