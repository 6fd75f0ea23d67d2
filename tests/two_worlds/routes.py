"""How observers use every route of the program. A route without a row fails (test_two_worlds.py)."""

import uuid

from cast import PASSWORD

from chatapp.clock import from_seconds, rfc3339, seconds

# What is looked at: "METHOD rule" → what follows the path, for each way to look.
LOOKS = {
    "GET /healthz": ("",),
    "GET /static/<path:filename>": ("",),
    "GET /": ("",),
    "GET /groups/<group_id>": ("",),
    "GET /people/<user_id>": ("",),
    "GET /devices": ("",),
    "GET /setup": ("",),
    "GET /sign-in": ("",),
    "GET /join/<invite_id>": ("",),
    "GET /reset/<token>": ("",),
    "GET /api/openapi.json": ("",),
    "GET /api/invites/<invite_id>": ("",),
    "GET /api/state": ("",),
    "GET /api/updates": ("",),
    "GET /api/presence": ("?users={target},{bystander}", "?users={target}&since={cursor}"),
    "GET /api/me": ("",),
    "GET /api/me/devices": ("",),
    "GET /api/users": ("", "?search=t", "?search=tess", "?ids={target},{bystander}", "?search=t&limit=1"),
    "GET /api/users/<user_id>": ("",),
    "GET /api/users/<user_id>/messages": ("", "?before=2"),
    "GET /api/groups": ("",),
    "GET /api/groups/<group_id>": ("",),
    "GET /api/groups/<group_id>/members": ("", "?limit=2", "?after={target}"),
    "GET /api/groups/<group_id>/messages": ("", "?around=1"),
    "GET /api/groups/<group_id>/invites": ("",),
}


def _ends(world):
    return rfc3339(from_seconds(seconds() + 600))


def _client_id(world):
    return str(uuid.uuid4())


# What is done: "METHOD rule" → the body, made anew each time. It may be refused; then the refusal is what is compared.
DEEDS = {
    "POST /api/setup": lambda world: {"token": "t" * 40, "name": "Eve", "username": "eve", "email": "eve@example.org", "password": PASSWORD},
    "POST /api/session": lambda world: {"login": "tess", "password": "a guess"},
    "POST /api/users": lambda world: {"invite": world.invite, "name": "Tess", "username": "tess", "email": "t@example.org", "password": PASSWORD},
    "POST /api/password_resets": lambda world: {"token": "t" * 43, "new_password": PASSWORD},
    "POST /api/heartbeat": lambda world: {"device": "mine", "active": True, "visible": True},
    "POST /api/heartbeat/leave": lambda world: {"device": "mine"},
    "PATCH /api/me": lambda world: {"name": f"Named {int(seconds()) % 7}"},
    "PUT /api/me/status": lambda world: {"manual_status": "at lunch", "expires_at": _ends(world), "do_not_disturb_until": _ends(world)},
    "PUT /api/me/privacy": lambda world: {"last_seen_to": ("groups", "everyone")[int(seconds()) % 2]},
    "PUT /api/me/password": lambda world: {"current_password": "a guess", "new_password": PASSWORD},
    "PATCH /api/me/devices/<device_id>": lambda world: {"name": "stolen"},
    "DELETE /api/me/devices/<device_id>": lambda world: {"current_password": PASSWORD},
    "DELETE /api/me/devices": lambda world: {"current_password": PASSWORD},
    "POST /api/tokens": lambda world: {"name": "a script"},
    "POST /api/users/<user_id>/messages": lambda world: {"client_id": _client_id(world), "content": "are you there?"},
    "PUT /api/users/<user_id>/read_mark": lambda world: {"number": 1},
    "DELETE /api/users/<user_id>/deactivation": lambda world: {},
    "POST /api/groups": lambda world: {"name": "new", "member_ids": [world.target.id]},
    "PATCH /api/groups/<group_id>": lambda world: {"name": f"twilight {int(seconds()) % 5}"},
    "POST /api/groups/<group_id>/members": lambda world: {"user_id": world.target.id},
    "PATCH /api/groups/<group_id>/members/<user_id>": lambda world: {"role": ("owner", "member")[int(seconds()) % 2]},
    "DELETE /api/groups/<group_id>/members/<user_id>": lambda world: {},
    "POST /api/groups/<group_id>/messages": lambda world: {"client_id": _client_id(world), "content": "hello again"},
    "PUT /api/groups/<group_id>/read_mark": lambda world: {"number": 1},
    "POST /api/groups/<group_id>/invites": lambda world: {"expires_in": 86_400},
    "POST /api/invites/<invite_id>/accept": lambda world: {},
    "PATCH /api/messages/<message_id>": lambda world: {"content": "edited"},
    "DELETE /api/messages/<message_id>": lambda world: {},
    "PATCH /api/server": lambda world: {"invisible_allowed": True},  # to forbid it is meant to show who was
}
# Done once, when all else is over: (observer, route, body).
ENDING = (
    ("friend", "DELETE /api/invites/<invite_id>", None),
    ("token", "POST /api/groups/<group_id>/members", lambda world: {"user_id": world.bystander.id}),
    ("friend", "DELETE /api/groups/<group_id>", None),
    ("owner", "POST /api/users/<user_id>/deactivation", lambda world: {}),
    ("partner", "DELETE /api/session", None),
)


def path(world, route, observer, more=""):
    """Return (method, path) of a route as an observer uses it: about the target wherever it can be."""
    method, _, rule = route.partition(" ")
    group = world.yard if observer.name == "token" else world.hall if observer.name in ("owner", "stranger") else world.den
    known = {
        "<group_id>": group,
        "<user_id>": world.target.id,
        "<device_id>": world.target.device_id,
        "<message_id>": world.said,
        "<invite_id>": world.invite,
        "<token>": "t" * 43,
        "<path:filename>": "icon.svg",
    }
    for name, value in known.items():
        rule = rule.replace(name, value)
    return method, rule + more.format(target=world.target.id, bystander=world.bystander.id, cursor=observer.cursor)
