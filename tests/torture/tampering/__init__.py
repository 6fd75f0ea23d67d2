"""Anomalies put into clean histories."""

import json

from . import contents, cursors, losses, rights, strangers  # noqa: F401 - each adds its own
from .common import TAMPERINGS, Unfit

__all__ = ["TAMPERINGS", "Unfit", "tampered"]


def tampered(what, lines, random):
    """Return a copy of lines with an anomaly in it. Raises Unfit."""
    lines = json.loads(json.dumps(lines))
    TAMPERINGS[what][1](lines, random)
    return lines
