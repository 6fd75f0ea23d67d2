"""The documented shapes of replies. The suite checks every reply against them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["online", "idle", "away", "offline"]
Role = Literal["owner", "member"]


class Shape(BaseModel):
    """The parent of every documented shape: nothing beyond what is listed."""

    model_config = ConfigDict(extra="forbid")


class Presence(Shape):
    """A person's presence as the asker may see it. ``last_seen`` only while they are offline."""

    user_id: str
    auto_status: Status
    manual_status: str | None
    last_seen: str | None


class User(Shape):
    """A person as the asker may see them."""

    id: str
    name: str
    username: str
    deactivated: bool
    auto_status: Status
    manual_status: str | None
    last_seen: str | None


class Me(User):
    """Oneself."""

    email: str
    created_at: str
    invisible: bool
    manual_status_expires_at: str | None
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
    current: bool


class Event(Shape):
    """Something that happened; ``data`` carries the noun under its name."""

    kind: str
    data: dict


class OneMe(Shape):
    me: Me


class Registered(OneMe):
    group: Group


class OneUser(Shape):
    user: User


class UserList(Shape):
    users: list[User]
    more: bool


class OneGroup(Shape):
    group: Group


class GroupList(Shape):
    groups: list[Group]


class OneMember(Shape):
    member: Member


class MemberList(Shape):
    members: list[ListedMember]
    more: bool


class OneMessage(Shape):
    message: Message


class MessageList(Shape):
    messages: list[Message]
    more: bool
    last_number: int


class ReadMark(Shape):
    number: int


class OneInvite(Shape):
    invite: Invite


class InviteList(Shape):
    invites: list[Invite]


class OneInvitePreview(Shape):
    invite: InvitePreview


class DeviceList(Shape):
    devices: list[Device]


class NewToken(Shape):
    token: str
    device: Device


class PresenceList(Shape):
    presence: list[Presence]


class Beat(Shape):
    """``next``: seconds after which the server expects the next beat."""

    auto_status: Status
    next: float


class State(Shape):
    """Everything a page needs to start. Unread is ``last_number - read_mark``; presence is inside ``users``."""

    me: Me
    users: list[User]
    groups: list[Group]
    directs: list[Direct]
    cursor: str


class Updates(Shape):
    """``more``: ask again at once. ``next``: seconds to pause before asking again."""

    cursor: str
    events: list[Event]
    more: bool
    next: float


class Problem(Shape):
    """RFC 9457. ``errors`` maps a field to what is wrong with it."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: dict[str, str] = {}
