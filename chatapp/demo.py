"""A small company, made by the deeds that people use; only the times are set back, so that its talk has days behind it."""

import json
from datetime import timedelta
from pathlib import Path

from flask import current_app

from . import access, snapshots
from .actions import accounts, groups, invites, members, messages, presence, read_marks, sessions, setup
from .actions.transaction import transaction
from .clock import now
from .extensions import db
from .ids import new_id
from .models import Message, device
from .signing_in import setup_token

SCRIPT = Path(__file__).with_name("demo.json")
PASSWORD = "a demo for everyone"
UNREAD = {"ana": {"Launch": 1, "Design": 3, "jonas": 1}, "jonas": {"Kestrel Cycles": 3, "Launch": 2}}


def fill():
    """Fill an empty server from the script; yield lines to print. Raises the deeds' errors."""
    script = json.loads(SCRIPT.read_text())
    people = dict(_people(script["people"]))
    for group in script["groups"]:
        _talk(group["talk"], people, group_id=_group(group, people))
    for direct in script["directs"]:
        _talk(direct["talk"], people, pair=[people[one] for one in direct["between"]])
    for username, status in script["statuses"].items():
        presence.set_status(people[username], manual_status=status)
    for username in people:
        _read(username, people)
        _sign_out(people[username])
    yield f"The company is at work. Sign in as any of these with the password: {PASSWORD}"
    for one in script["people"]:
        yield f"  {one['username']:8} {one['name']}"


def _people(listed):
    first, *others = listed
    *_, me = setup.set_up(setup_token(current_app.config["SECRET_KEY"]), **_account(first))
    yield first["username"], me["id"]
    invite = invites.create_invite(me["id"], access.primary_group().id, 3600)
    for one in others:
        _, _, joined, _ = accounts.register(invite["id"], **_account(one))
        yield one["username"], joined["id"]
    invites.revoke_invite(me["id"], invite["id"])


def _account(one):
    address = f"{one['username']}@kestrel.example"
    return {"name": one["name"], "username": one["username"], "email": address, "password": PASSWORD, "device": ("demo",)}


def _group(group, people):
    owner, *others = (people[one] for one in group["members"])
    if group.get("primary"):
        return groups.rename_group(owner, access.primary_group().id, group["name"])["id"]
    made = groups.create_group(owner, group["name"], others)
    members.change_role(owner, made["id"], others[0], "owner")
    return made["id"]


def _talk(talk, people, *, group_id=None, pair=None):
    """Send a conversation; a line is [author, hours ago, text, what became of it]."""
    at = now()
    for author, hours_ago, text, *fate in talk:
        sender = people[author]
        partner = None if pair is None else pair[pair[0] == sender]
        sent, _ = messages.send_message(sender, new_id(), text, group_id=group_id, partner_id=partner)
        for change in fate:
            _change(sender, sent["id"], **change)
        with transaction():
            db.session.get(Message, sent["id"]).created_at = at - timedelta(hours=hours_ago)


def _change(author, message_id, edited=None, deleted=False):
    if edited:
        messages.edit_message(author, message_id, edited)
    if deleted:
        messages.delete_message(author, message_id)


def _read(username, people):
    """Let somebody have read everything but what makes their first look at the page lively."""
    me, unread = people[username], UNREAD.get(username, {})
    names = {user_id: name for name, user_id in people.items()}
    for group in snapshots.own_groups(me):
        read_marks.move_read_mark(me, group["last_number"] - unread.get(group["name"], 0), group_id=group["id"])
    for direct in snapshots.own_directs(me):
        partner = direct["user_id"]
        read_marks.move_read_mark(me, direct["last_number"] - unread.get(names[partner], 0), partner_id=partner)


def _sign_out(user_id):
    for one in db.session.execute(device.alive(user_id, now())).scalars().all():
        sessions.sign_out(user_id, one.id)
