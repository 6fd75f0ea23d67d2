"""The documented shapes of replies: nouns under their names. The suite checks every reply against them."""

from .schemas import Device, Direct, Event, Group, Invite, InvitePreview, ListedMember, Me, Member, Message, Presence, Server, Shape, Status, User


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


class OneDevice(Shape):
    device: Device


class OneServer(Shape):
    server: Server


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
    server: Server
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
