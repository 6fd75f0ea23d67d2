"""The JSON shape of each noun, once; used by replies and by events. Pure functions of loaded rows."""

from .clock import from_seconds, rfc3339
from .models import user_status
from .rules.last_seen import EXACT, last_seen_for
from .rules.presence import seen_by_others, seen_by_self


def person(user):
    """Return what is the same for every viewer of a person; events carry this."""
    return {"id": user.id, "name": user.name, "username": user.username, "deactivated": user.deactivated_at is not None}


def presence(user_id, record, now, viewer):
    """Return a person's presence by their status Record at the second ``now`` as a Viewer (rules/last_seen.py) may see it;
    None as the viewer: as they see it themself."""
    shown = seen_by_self(record, now) if viewer is None else seen_by_others(record, now)
    seen, precision = (shown.last_seen, shown.last_seen and EXACT) if viewer is None else last_seen_for(viewer, user_id, record.told, shown.last_seen)
    return {**_told(shown), "last_seen": seen and rfc3339(from_seconds(seen)), "last_seen_precision": precision}


def presence_news(user_id, record, now):
    """Return what others hear when a person's presence changes: nothing that depends on who looks."""
    return {"user_id": user_id, **_told(seen_by_others(record, now))}


def _told(shown):
    return {"auto_status": shown.auto_status, "manual_status": shown.manual_status, "do_not_disturb": shown.do_not_disturb}


def user(user, record, now, viewer):
    """Return a person, with their status Record, as a Viewer may see them."""
    return {**person(user), **presence(user.id, record, now, viewer)}


def me(user, status, is_server_owner, now):
    """Return a person as they see themself. Their ``last_seen_precision`` is what they let others see."""
    shown = presence(user.id, user_status.record(status), now, None)
    by_time = {name: shown[name] for name in ("auto_status", "manual_status", "last_seen")}
    return {**my_settings(user, status, is_server_owner), **by_time}


def my_settings(user, status, is_server_owner):
    """Return what a person's own pages hear when it changes; without what time alone changes."""
    return {
        **person(user),
        "email": user.email,
        "created_at": rfc3339(user.created_at),
        "manual_status": status.manual_status,
        "manual_status_expires_at": rfc3339(status.manual_status_expires_at),
        "do_not_disturb_until": rfc3339(status.do_not_disturb_until),
        "invisible": status.invisible,
        "last_seen_to": status.last_seen_to,
        "last_seen_precision": status.last_seen_precision,
        "is_server_owner": is_server_owner,
    }


def group(group):
    """Return what is the same for every member of a group; events carry this."""
    return {"id": group.id, "name": group.name, "is_primary": group.is_primary, "created_at": rfc3339(group.created_at)}


def own_group(row, membership, last_number, member_count, members):
    """Return a group (``row``) as one of its members sees it; ``members`` are memberships, or None where there are too many to list."""
    return {
        **group(row),
        "member_count": member_count,
        "last_number": last_number,
        "role": membership.role,
        "read_mark": membership.read_mark,
        "members": None if members is None else [member(one) for one in members],
    }


def member(membership):
    """Return a membership."""
    return {
        "user_id": membership.user_id,
        "group_id": membership.group_id,
        "role": membership.role,
        "joined_at": rfc3339(membership.joined_at),
    }


def direct(direct, last_number):
    """Return one side of a direct conversation."""
    return {"user_id": direct.partner_id, "last_number": last_number, "read_mark": direct.read_mark}


def message(message):
    """Return a message; a deleted one is a tombstone without text."""
    return {
        "id": message.id,
        "client_id": message.client_id,
        "number": message.number,
        "sender_id": message.sender_id,
        "receiver_id": message.receiver_id,
        "group_id": message.group_id,
        "content": "" if message.deleted_at else message.content,
        "created_at": rfc3339(message.created_at),
        "edited_at": rfc3339(message.edited_at),
        "deleted_at": rfc3339(message.deleted_at),
    }


def invite(invite):
    """Return an invite as the group's members see it. Its id is the secret in the link."""
    return {
        "id": invite.id,
        "group_id": invite.group_id,
        "created_by": invite.created_by,
        "created_at": rfc3339(invite.created_at),
        "expires_at": rfc3339(invite.expires_at),
    }


def invite_preview(invite, group, member_count, inviter):
    """Return what anyone who holds an invite's link may know before joining."""
    return {
        "id": invite.id,
        "group_name": group.name,
        "member_count": member_count,
        "inviter_name": inviter and inviter.name,
        "expires_at": rfc3339(invite.expires_at),
    }


def device(device, current_id):
    """Return one of a person's own devices."""
    return {
        "id": device.id,
        "kind": device.kind,
        "name": device.name,
        "created_at": rfc3339(device.created_at),
        "last_used_at": rfc3339(device.last_used_at),
        "expires_at": rfc3339(device.expires_at),
        "address": device.address,
        "current": device.id == current_id,
    }


def server(server):
    """Return what everybody knows of how this server is run."""
    return {"invisible_allowed": server.invisible_allowed}
