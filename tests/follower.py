"""A page that fetched its state once and follows: it applies events as store.js does, plainly and idempotently."""

import copy


def follow(person, state):
    """Return (the state after everything that happened since it was read, a state that is read now), both as a page keeps
    them; people whom nothing names any more are left out. Applies the events twice: that must change nothing."""
    followed = indexed(state)
    events = list(events_after(person, state["cursor"]))
    for event in events:
        apply(followed, event)
    once = copy.deepcopy(followed)
    for event in events:
        apply(followed, event)
    assert followed == once, "applying events twice must change nothing"
    return of_interest(followed), of_interest(indexed(person.get("/api/state")))


def events_after(person, cursor):
    """Yield everything that happened after a cursor, answer by answer."""
    more = True
    while more:
        answer = person.updates(cursor)
        yield from answer["events"]
        cursor, more = answer["cursor"], answer["more"]


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
    "server.changed": lambda state, data: state.update(data),
}


def indexed(state):
    """Return a state as the page keeps it: things by their keys; without what time alone changes."""
    me = {name: value for name, value in state["me"].items() if name not in ("auto_status", "last_seen")}
    return {
        "me": me,
        "server": state["server"],
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
