"""What an invisible person may do that is nobody else's affair. Each act is done by the target on one of two workers."""

import json

from cast import PASSWORD

from chatapp.clock import from_seconds, rfc3339, seconds


def _ask(world, app, method, path, body=None):
    reply = world.target.at(app).request(method, path, body)
    assert reply.status_code < 500, reply.data
    return json.loads(reply.data) if reply.data else None


def beats(world, app, dice):
    """Beat from one of several pages, with and without input."""
    page = f"page{dice.randrange(4)}"
    _ask(world, app, "POST", "/api/heartbeat", {"device": page, "active": dice.random() < 0.7, "visible": dice.random() < 0.7, "next": 25})


def leaves(world, app, dice):
    """Close a page."""
    _ask(world, app, "POST", "/api/heartbeat/leave", {"device": f"page{dice.randrange(4)}"})


def polls(world, app, dice):
    """Poll as a page, shortly or held until something comes."""
    cursor = _ask(world, app, "GET", "/api/state")["cursor"]
    _ask(world, app, "GET", f"/api/updates?since={cursor}&wait={dice.choice((0, 0.01))}&device=page{dice.randrange(4)}")


def reads(world, app, dice):
    """Look at everything that one reads."""
    for path in ("/api/state", "/api/me", f"/api/groups/{world.den}/messages", f"/api/groups/{world.den}/members", "/api/users?search=f"):
        _ask(world, app, "GET", path)
    _ask(world, app, "GET", f"/api/presence?users={world.observers[0].person.id},{world.target.id}")


def marks(world, app, dice):
    """Move read marks."""
    _ask(world, app, "PUT", f"/api/groups/{world.den}/read_mark", {"number": dice.randrange(12)})
    _ask(world, app, "PUT", f"/api/users/{world.observers[1].person.id}/read_mark", {"number": dice.randrange(2)})


def says(world, app, dice):
    """Change what one says of oneself: withheld until one comes back."""
    end = rfc3339(from_seconds(seconds() + dice.randrange(20, 2_000)))
    text, quiet = {"manual_status": "secretly here", "expires_at": end}, {"do_not_disturb_until": end}
    _ask(world, app, "PUT", "/api/me/status", dice.choice((text, text | quiet, quiet, {"manual_status": None})))


def turns_again(world, app, dice):
    """Turn invisible once more."""
    _ask(world, app, "PUT", "/api/me/status", {"invisible": True})


def hides(world, app, dice):
    """Change who may see when one was last here."""
    choice = {"last_seen_to": dice.choice(("nobody", "groups", "everyone")), "last_seen_precision": dice.choice(("exact", "hour", "day"))}
    _ask(world, app, "PUT", "/api/me/privacy", choice)


def comes_elsewhere(world, app, dice):
    """Sign in on one more device, and beat there."""
    world.elsewhere(app).request("POST", "/api/heartbeat", {"device": "there", "active": True, "visible": True})


def signs_out_elsewhere(world, app, dice):
    """Sign out another device."""
    _ask(world, app, "DELETE", f"/api/me/devices/{world.laptop.device_id}", {"current_password": PASSWORD})


def changes_password(world, app, dice):
    """Choose another password, which is the same."""
    _ask(world, app, "PUT", "/api/me/password", {"current_password": PASSWORD, "new_password": PASSWORD})


def names_devices(world, app, dice):
    """Give one's device a name, and make a token."""
    _ask(world, app, "PATCH", f"/api/me/devices/{world.target.device_id}", {"name": "mine"})
    _ask(world, app, "POST", "/api/tokens", {"name": "my script"})


def mails(world, app, dice):
    """Change one's address, which nobody else sees."""
    _ask(world, app, "PATCH", "/api/me", {"email": f"tess{dice.randrange(9)}@example.org"})


ACTS = (
    beats,
    beats,
    beats,
    leaves,
    polls,
    reads,
    marks,
    says,
    turns_again,
    hides,
    comes_elsewhere,
    signs_out_elsewhere,
    changes_password,
    names_devices,
    mails,
)
