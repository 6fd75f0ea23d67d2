"""State + later events = fresh state, for every deed: the law that lets a page fetch its state once and only follow."""

import importlib
import inspect
import pkgutil

import pytest
from browsers import PASSWORD, Browser
from follower import follow

from chatapp import actions

DEEDS = {
    "send_message": lambda cast, _: cast.ana.say("hello", group=cast.den),
    "send_message, direct": lambda cast, _: cast.ana.say("hello", to=cast.ben.id),
    "edit_message": lambda cast, sent: cast.ana.patch(f"/api/messages/{sent}", {"content": "after"}),
    "delete_message": lambda cast, sent: cast.ana.delete(f"/api/messages/{sent}", 200),
    "move_read_mark": lambda cast, _: cast.ben.put(f"/api/groups/{cast.den}/read_mark", {"number": 1}),
    "create_group": lambda cast, _: cast.ana.post("/api/groups", {"name": "new", "member_ids": [cast.ben.id, cast.dan.id]}),
    "rename_group": lambda cast, _: cast.ana.patch(f"/api/groups/{cast.den}", {"name": "renamed"}),
    "delete_group": lambda cast, _: cast.ana.delete(f"/api/groups/{cast.den}"),
    "add_member": lambda cast, _: cast.ben.post(f"/api/groups/{cast.den}/members", {"user_id": cast.dan.id}),
    "change_role": lambda cast, _: cast.ana.patch(f"/api/groups/{cast.den}/members/{cast.ben.id}", {"role": "owner"}),
    "change_role, of who runs the server": lambda cast, _: cast.ana.patch(f"/api/groups/{cast.hall}/members/{cast.ben.id}", {"role": "owner"}),
    "change_role, of who ran the server": lambda cast, _: hand_over(cast),
    "remove_member": lambda cast, _: cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.ben.id}"),
    "remove_member, oneself": lambda cast, _: cast.cleo.delete(f"/api/groups/{cast.den}/members/{cast.cleo.id}"),
    "create_invite": lambda cast, _: invite(cast),
    "revoke_invite": lambda cast, _: cast.ana.delete(f"/api/invites/{invite(cast)}"),
    "accept_invite": lambda cast, _: cast.dan.post(f"/api/invites/{invite(cast)}/accept", status=200),
    "register": lambda cast, _: register(cast),
    "change_profile": lambda cast, _: cast.ben.patch("/api/me", {"name": "Benedict Okoro"}),
    "change_profile, the address": lambda cast, _: cast.ben.patch("/api/me", {"email": "benedict@example.org"}),
    "set_privacy": lambda cast, _: cast.ben.put("/api/me/privacy", {"last_seen_to": "nobody"}),
    "set_status": lambda cast, _: cast.ben.put("/api/me/status", {"manual_status": "on a train"}),
    "set_status, do not disturb": lambda cast, _: cast.ben.put("/api/me/status", {"do_not_disturb_until": "2100-01-01T00:00:00Z"}),
    "change_server": lambda cast, _: [cast.ben.put("/api/me/status", {"invisible": True}), forbid_invisible(cast)],
    "deactivate": lambda cast, _: deactivate(cast),
    "reactivate": lambda cast, _: [deactivate(cast), cast.ana.delete(f"/api/users/{cast.ben.id}/deactivation", 200)],
}
NOT_IN_THE_STATE = {
    "setup": "before it there is nobody who could follow",
    "sessions": "devices have a list of their own",
    "upkeep": "it clears away what nobody sees",
    "presence.report_beat": "presence is computed whenever it is read",
    "presence.leave_page": "as report_beat",
    "presence.write_beats": "as report_beat",
    "presence.decay_presence": "as report_beat",
    "presence.tidy_statuses": "it clears texts that are over already",
    "proof": "a password that was right changes nothing",
    "profile.change_password": "passwords are told to nobody",
    "profile.create_reset": "as change_password",
    "profile.use_reset": "as change_password",
}


def invite(cast):
    return cast.ana.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600})["invite"]["id"]


def register(cast):
    form = {"invite": invite(cast), "name": "Eve Lund", "username": "eve", "email": "eve@example.org", "password": PASSWORD}
    Browser(cast.app).call("POST", "/api/users", form, 201)


def hand_over(cast):
    for person, role in ((cast.ben, "owner"), (cast.ana, "member")):
        cast.ana.patch(f"/api/groups/{cast.hall}/members/{person.id}", {"role": role})


def forbid_invisible(cast):
    cast.ana.patch("/api/server", {"invisible_allowed": False})


def deactivate(cast):
    cast.ana.post(f"/api/users/{cast.ben.id}/deactivation", status=200)


def public_deeds():
    """Yield "file.function" of every deed."""
    for found in pkgutil.iter_modules(actions.__path__):
        module = importlib.import_module(f"{actions.__name__}.{found.name}")
        for name, one in inspect.getmembers(module, inspect.isfunction):
            if one.__module__ == module.__name__ and not name.startswith("_") and found.name != "transaction":
                yield f"{found.name}.{name}"


@pytest.mark.parametrize("deed", DEEDS)
def test_state_and_later_events_make_fresh_state(cast, deed):
    cast.group("lab", cast.ben, cast.cleo, cast.dan)
    sent = cast.ana.say("before", group=cast.den)["id"]
    watchers = [cast.ana, cast.cleo, cast.dan] + ([cast.ben] if deed not in ("deactivate", "reactivate") else [])
    before = {one: one.get("/api/state") for one in watchers}
    DEEDS[deed](cast, sent)
    for one in watchers:
        followed, fresh = follow(one, before[one])
        assert followed == fresh


def test_every_deed_keeps_the_law_or_says_why_it_need_not():
    kept = {name.partition(",")[0] for name in DEEDS}
    deeds = list(public_deeds())
    assert kept <= {deed.partition(".")[2] for deed in deeds}, "a case without its deed"
    assert set(NOT_IN_THE_STATE) <= {*deeds, *(deed.partition(".")[0] for deed in deeds)}, "an excuse without its deed"
    excused = {deed for deed in deeds if deed in NOT_IN_THE_STATE or deed.partition(".")[0] in NOT_IN_THE_STATE}
    assert [deed for deed in deeds if deed.partition(".")[2] not in kept and deed not in excused] == []
