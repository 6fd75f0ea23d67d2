"""State + later events = fresh state, for every deed: the law that lets a page fetch its state once and only follow."""

import copy

import pytest


def plain_user(user):
    return {name: user[name] for name in ("id", "name", "username", "deactivated")}


def apply(state, event):
    """Apply one event as store.js does: plainly, and idempotently."""
    kind, data = event["kind"], event["data"]
    HANDLERS.get(kind, lambda *_: None)(state, data)


def know(state, users):
    for user in users:
        state["users"].setdefault(user["id"], {}).update(user)


def message_sent(state, data):
    message = data["message"]
    mine = message["sender_id"] == state["me"]["id"]
    if message["group_id"]:
        side = state["groups"].get(message["group_id"])
    else:
        partner = message["receiver_id"] if mine else message["sender_id"]
        side = state["directs"].setdefault(partner, {"user_id": partner, "last_number": 0, "read_mark": 0})
    if side:
        side["last_number"] = max(side["last_number"], message["number"])
        if mine:
            side["read_mark"] = max(side["read_mark"], message["number"])


def member_added(state, data):
    member, group = data["member"], state["groups"].get(data["member"]["group_id"])
    know(state, [data["user"]])
    if group and all(one["user_id"] != member["user_id"] for one in group["members"] or ()):
        group["member_count"] += 1
        if group["members"] is not None:
            group["members"] = sorted([*group["members"], member], key=lambda one: one["user_id"])


def member_changed(state, data):
    member, group = data["member"], state["groups"].get(data["member"]["group_id"])
    if group:
        group["members"] = [member if one["user_id"] == member["user_id"] else one for one in group["members"]]
        if member["user_id"] == state["me"]["id"]:
            group["role"] = member["role"]


def member_removed(state, data):
    if data["user_id"] == state["me"]["id"]:
        state["groups"].pop(data["group_id"], None)
    elif data["group_id"] in state["groups"]:
        group = state["groups"][data["group_id"]]
        left = [one for one in group["members"] if one["user_id"] != data["user_id"]]
        group["member_count"] -= len(group["members"]) - len(left)
        group["members"] = left


def group_joined(state, data):
    know(state, data["users"])
    state["groups"][data["group"]["id"]] = data["group"]


def read_mark_moved(state, data):
    side = state["groups"].get(data["group_id"]) if data["group_id"] else state["directs"].get(data["user_id"])
    if side:
        side["read_mark"] = data["number"]


HANDLERS = {
    "message.sent": message_sent,
    "direct.opened": lambda state, data: know(state, data["users"]),
    "member.added": member_added,
    "member.changed": member_changed,
    "member.removed": member_removed,
    "group.joined": group_joined,
    "group.changed": lambda state, data: data["group"]["id"] in state["groups"] and state["groups"][data["group"]["id"]].update(data["group"]),
    "group.deleted": lambda state, data: state["groups"].pop(data["group_id"], None),
    "user.changed": lambda state, data: know(state, [data["user"]]) or (data["user"]["id"] == state["me"]["id"] and state["me"].update(data["user"])),
    "me.changed": lambda state, data: state["me"].update(data["me"]),
    "read_mark.moved": read_mark_moved,
}


def indexed(state):
    """Return a state as the page keeps it: things by their keys; without what time alone changes."""
    me = {name: value for name, value in state["me"].items() if name not in ("auto_status", "last_seen")}
    return {
        "me": me,
        "users": {user["id"]: plain_user(user) for user in state["users"]},
        "groups": {group["id"]: group for group in state["groups"]},
        "directs": {direct["user_id"]: direct for direct in state["directs"]},
    }


def of_interest(state):
    """Leave out people whom no group or direct conversation names any more: a fresh state would not have them."""
    named = {state["me"]["id"], *state["directs"]}
    for group in state["groups"].values():
        named.update(one["user_id"] for one in group["members"] or ())
    return {**state, "users": {one: user for one, user in state["users"].items() if one in named}}


def message(cast):
    return cast.ana.say("before", group=cast.den)["id"]


DEEDS = {
    "send_message": lambda cast, _: cast.ana.say("hello", group=cast.den),
    "send_direct": lambda cast, _: cast.ana.say("hello", to=cast.ben.id),
    "edit_message": lambda cast, sent: cast.ana.patch(f"/api/messages/{sent}", {"content": "after"}),
    "delete_message": lambda cast, sent: cast.ana.delete(f"/api/messages/{sent}", 200),
    "move_read_mark": lambda cast, _: cast.ben.put(f"/api/groups/{cast.den}/read_mark", {"number": 1}),
    "create_group": lambda cast, _: cast.ana.post("/api/groups", {"name": "new", "member_ids": [cast.ben.id, cast.dan.id]}),
    "rename_group": lambda cast, _: cast.ana.patch(f"/api/groups/{cast.den}", {"name": "renamed"}),
    "delete_group": lambda cast, _: cast.ana.delete(f"/api/groups/{cast.den}"),
    "add_member": lambda cast, _: cast.ben.post(f"/api/groups/{cast.den}/members", {"user_id": cast.dan.id}),
    "change_role": lambda cast, _: cast.ana.patch(f"/api/groups/{cast.den}/members/{cast.ben.id}", {"role": "owner"}),
    "remove_member": lambda cast, _: cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.ben.id}"),
    "leave": lambda cast, _: cast.cleo.delete(f"/api/groups/{cast.den}/members/{cast.cleo.id}"),
    "accept_invite": lambda cast, _: accept(cast),
    "change_profile": lambda cast, _: cast.ben.patch("/api/me", {"name": "Benedict Okoro"}),
    "set_status": lambda cast, _: cast.ben.put("/api/me/status", {"manual_status": "on a train"}),
    "deactivate": lambda cast, _: cast.ana.post(f"/api/users/{cast.ben.id}/deactivation", status=200),
}


def accept(cast):
    made = cast.ana.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600})["invite"]
    cast.dan.post(f"/api/invites/{made['id']}/accept", status=200)


@pytest.mark.parametrize("deed", DEEDS)
def test_state_and_later_events_make_fresh_state(cast, deed):
    sent = message(cast)
    watchers = [cast.ana, cast.cleo, cast.dan] + ([cast.ben] if deed != "deactivate" else [])
    before = {one: one.get("/api/state") for one in watchers}
    DEEDS[deed](cast, sent)
    for one in watchers:
        followed = indexed(before[one])
        events = one.updates(before[one]["cursor"])["events"]
        for event in events:
            apply(followed, event)
        once = copy.deepcopy(followed)
        for event in events:
            apply(followed, event)
        assert followed == once, "applying an event twice must change nothing"
        assert of_interest(followed) == of_interest(indexed(one.get("/api/state")))
