"""What is answered of one person: computed once for as long as time alone cannot change it."""

from .. import payloads
from ..json_text import json_text
from ..rules.steady import steady_until


class Answers:
    """Of one Record of a person."""

    def __init__(self, user_id, record):
        self._user_id, self.record = user_id, record
        self._span = (0, 0, {})  # the seconds from and until when these are true, {what a viewer may see: answer}

    def to(self, viewer, now):
        """Return the person's presence as a Viewer (rules/last_seen.py) may see it at the second ``now``, as JSON text; None as the
        viewer: as they see it themself."""
        since, until, given = self._span
        if not since <= now < until:
            given = {}
            self._span = (now, steady_until(self.record, now), given)
        view = viewer and (viewer.last_seen_to, viewer.last_seen_precision, self._user_id in viewer.acquainted)
        if view not in given:
            given[view] = json_text({"user_id": self._user_id, **payloads.presence(self._user_id, self.record, now, viewer)})
        return given[view]
