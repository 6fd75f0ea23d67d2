"""One table per file, with the questions one may ask of it. Re-exports the classes, so that migrations see them all."""

from .conversation import Conversation
from .device import Device
from .direct import Direct
from .event import Event
from .group import Group
from .group_member import GroupMember
from .invite import Invite
from .job_run import JobRun
from .message import Message
from .password_reset import PasswordReset
from .server import Server
from .throttle import Throttle
from .user import User
from .user_status import UserStatus

__all__ = [
    "Conversation",
    "Device",
    "Direct",
    "Event",
    "Group",
    "GroupMember",
    "Invite",
    "JobRun",
    "Message",
    "PasswordReset",
    "Server",
    "Throttle",
    "User",
    "UserStatus",
]
