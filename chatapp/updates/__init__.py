"""The feed: from a row in a transaction to an answer from memory. This is its whole public face."""

from .feed import Feed
from .open_answer import OpenAnswer
from .publish import blank_earlier, forget_events, last_statements, publish, put_off, to_group, to_pair, to_user
from .rights import token_hash

__all__ = [
    "Feed",
    "OpenAnswer",
    "blank_earlier",
    "forget_events",
    "last_statements",
    "publish",
    "put_off",
    "to_group",
    "to_pair",
    "to_user",
    "token_hash",
]
