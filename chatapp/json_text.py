"""JSON as clients get it: the same text for replies and for events."""

import json


class JsonText(str):
    """A whole reply that is text already, put together from parts that were."""

    __slots__ = ()


def json_text(value):
    """Return a value as JSON text; a JsonText as it is."""
    return value if isinstance(value, JsonText) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
