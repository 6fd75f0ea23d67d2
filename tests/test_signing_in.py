"""Ending devices."""

import contextlib

import pytest
from races import race

from chatapp import presence, signing_in
from chatapp.actions import sessions
from chatapp.errors import NotFound

MEETINGS = {
    "noting their use": ((presence, "drop_device"), lambda ben, newer: sessions.touch_devices([ben.device_id, newer])),
    "signing one out": ((signing_in, "publish"), lambda ben, newer: sessions.sign_out(ben.id, newer)),
}


@pytest.mark.parametrize("other", MEETINGS)
def test_ending_all_devices_never_waits_in_a_circle_with(cast, monkeypatch, other):
    """The newer device was used last; every deed takes the older one first, and what is known of presence after them all."""
    at, meet = MEETINGS[other]
    newer = cast.ben.post("/api/tokens", {"name": "script"})["device"]["id"]
    assert cast.ben.device_id < newer

    def close():
        return cast.ana.request("POST", f"/api/users/{cast.ben.id}/deactivation", {}).status_code

    def do_meanwhile():
        with cast.app.app_context(), contextlib.suppress(NotFound):  # it came after
            return meet(cast.ben, newer)

    assert race(monkeypatch, cast.app, close, do_meanwhile, at=at) == (200, None)
    cast.app.extensions["feed"].look()
    cast.ben.get("/api/me", status=401)
