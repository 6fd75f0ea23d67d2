"""Reads a history and says what in it cannot be. Pure: it asks nobody but the history.

One pass walks the readers' chains and puts everything else into an index; then each family of invariants judges. Times
are used only where they prove something: an operation lies between ``invoked`` and ``done``, one whose end nobody knows
may take effect at any time after ``invoked``, and what overlaps may have happened in either order.
"""

from .findings import INVARIANTS, Anomaly
from .judge import Checker, check

__all__ = ["INVARIANTS", "Anomaly", "Checker", "check"]
