"""What deeds share about presence: read a status to change it, tell others when what they see changed."""

from .beats import Beats
from .dating import look_again_later
from .merging import merge
from .recent import Recent, drop_changed
from .shown import announce, cache, changing, changing_together, drop_device, turn

__all__ = [
    "Beats",
    "Recent",
    "announce",
    "cache",
    "changing",
    "changing_together",
    "drop_changed",
    "drop_device",
    "look_again_later",
    "merge",
    "turn",
]
