"""Ending devices."""

from races import race

from chatapp import presence
from chatapp.actions import sessions


def test_ending_all_devices_and_noting_their_use_never_wait_for_each_other_in_a_circle(cast, monkeypatch):
    """The newer device was used last; both deeds take the older one first."""
    newer = cast.ben.post("/api/tokens", {"name": "script"})["device"]["id"]
    assert cast.ben.device_id < newer

    def close():
        return cast.ana.request("POST", f"/api/users/{cast.ben.id}/deactivation", {}).status_code

    def touch():
        with cast.app.app_context():
            return sessions.touch_devices([cast.ben.device_id, newer])

    assert race(monkeypatch, cast.app, close, touch, at=(presence, "drop_device")) == (200, None)
    cast.app.extensions["feed"].look()
    cast.ben.get("/api/me", status=401)
