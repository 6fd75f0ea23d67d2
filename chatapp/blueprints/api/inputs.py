"""What several doors take alike."""

from datetime import UTC
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from ... import history
from ...errors import BadRequest
from ...ids import parse_id
from .layer import Body, Query

MOST_NUMBER = 2**62
MOST_IDS = 200


def in_utc(moment):
    """Return an aware datetime in UTC. Raises ValueError where that falls out of the calendar."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("This moment is out of range.") from None


PageId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Number = Annotated[int, Field(ge=0, le=MOST_NUMBER)]
Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]


class NewMessage(Body):
    """``client_id``: a random UUID that the client makes once per message and repeats when it tries again."""

    client_id: UUID
    content: str


class Content(Body):
    """A message's new text."""

    content: str


class Mark(Body):
    """The number of the last message read."""

    number: Number


class MessagePage(Query):
    """At most one of ``before``, ``after``, ``around``; none: the newest page."""

    before: Number | None = None
    after: Number | None = None
    around: Number | None = None
    limit: Annotated[int, Field(ge=1, le=history.MOST)] = history.PAGE

    def anchors(self):
        """Return the page as ``history.page`` takes it. Raises BadRequest when there is more than one anchor."""
        given = self.model_dump(exclude_none=True)
        if len(given) > 2:
            raise BadRequest("Give one of before, after and around.")
        return given


def read_ids(text):
    """Return the well-formed ids of a comma-separated list, each once. Raises BadRequest for more than MOST_IDS."""
    given = [one for one in text.split(",") if one]
    if len(given) > MOST_IDS:
        raise BadRequest(f"Ask for at most {MOST_IDS} people at once.")
    return list(dict.fromkeys(filter(None, map(parse_id, given))))
