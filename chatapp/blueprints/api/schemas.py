"""The documented shapes of nouns. The suite checks every reply against them; replies.py puts them together."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["online", "idle", "away", "offline"]
Audience = Literal["nobody", "groups", "everyone"]
Precision = Literal["exact", "hour", "day"]
Role = Literal["owner", "member"]


class Shape(BaseModel):
    """The parent of every documented shape: nothing beyond what is listed."""

    model_config = ConfigDict(extra="forbid")


class Seen(Shape):
    """What the asker may see of a person's presence. ``last_seen`` only while they are offline, and as exactly as
    ``last_seen_precision`` says: an hour is given as its beginning, a day as its midnight in UTC."""

    auto_status: Status
    manual_status: str | None
    do_not_disturb: bool
    last_seen: str | None
    last_seen_precision: Precision | None


class Presence(Seen):
    """A person's presence as the asker may see it."""

    user_id: str


class User(Seen):
    """A person as the asker may see them."""

    id: str
    name: str
    username: str
    deactivated: bool


class Me(Shape):
    """Oneself. ``last_seen_to`` and ``last_seen_precision`` are what one lets others see, and sees of them."""

    id: str
    name: str
    username: str
    deactivated: bool
    auto_status: Status
    manual_status: str | None
    last_seen: str | None
    last_seen_precision: Precision
    email: str
    created_at: str
    invisible: bool
    manual_status_expires_at: str | None
    do_not_disturb_until: str | None
    last_seen_to: Audience
    is_server_owner: bool


class Member(Shape):
    """A membership."""

    user_id: str
    group_id: str
    role: Role
    joined_at: str


class ListedMember(Member):
    """A membership with its person."""

    user: User


class Group(Shape):
    """A group one is in. ``members`` is null where there are more than 200."""

    id: str
    name: str
    is_primary: bool
    created_at: str
    member_count: int
    last_number: int
    role: Role
    read_mark: int
    members: list[Member] | None


class Direct(Shape):
    """One's side of a direct conversation."""

    user_id: str
    last_number: int
    read_mark: int


class Message(Shape):
    """A message; a deleted one has no text. Exactly one of ``receiver_id`` and ``group_id`` is set."""

    id: str
    client_id: str | None
    number: int
    sender_id: str
    receiver_id: str | None
    group_id: str | None
    content: str
    created_at: str
    edited_at: str | None
    deleted_at: str | None


class Invite(Shape):
    """An invite; its id is the secret in the link."""

    id: str
    group_id: str
    created_by: str | None
    created_at: str
    expires_at: str


class InvitePreview(Shape):
    """What anyone who holds an invite's link may know."""

    id: str
    group_name: str
    member_count: int
    inviter_name: str | None
    expires_at: str


class Device(Shape):
    """A browser that is signed in, or a token."""

    id: str
    kind: Literal["browser", "token"]
    name: str
    created_at: str
    last_used_at: str
    expires_at: str
    address: str | None
    current: bool


class Server(Shape):
    """How the server is run."""

    invisible_allowed: bool


class Event(Shape):
    """Something that happened; ``data`` carries the noun under its name."""

    kind: str
    data: dict
