"""What a worker remembers of rights, moved by events."""

from chatapp.updates import rights as rights_module
from chatapp.updates.publish import render
from chatapp.updates.rights import Asker, Rights
from chatapp.updates.window import Entry

ASKER = Asker("ana", "laptop", 1e12)


def event(position, kind, *keys, **data):
    return Entry(position, keys, render(kind, data), kind)


def added(position, user_id, group_id):
    return event(position, "member.added", f"g:{group_id}", member={"user_id": user_id, "group_id": group_id}, user={})


def removed(position, user_id, group_id):
    return event(position, "member.removed", f"g:{group_id}", f"u:{user_id}", user_id=user_id, group_id=group_id)


def test_memberships_follow_events():
    rights = Rights()
    assert rights.keys("ana") is None
    assert rights.remember_groups("ana", ["hall"], 10)
    rights.apply(added(11, "ana", "den"))
    assert sorted(rights.keys("ana")) == ["g:den", "g:hall", "u:ana"]
    rights.apply(removed(12, "ana", "hall"))
    rights.apply(removed(13, "ben", "den"))
    assert sorted(rights.keys("ana")) == ["g:den", "u:ana"]
    rights.apply(event(14, "group.deleted", "u:ana", group_id="den"))
    assert rights.keys("ana") == ("u:ana",)


def test_a_fill_older_than_what_moved_meanwhile_is_refused():
    rights = Rights()
    rights.apply(removed(12, "ana", "hall"))
    assert not rights.remember_groups("ana", ["hall"], 11)
    rights.apply(event(14, "group.deleted", "u:ana", group_id="den"))
    assert not rights.remember_groups("ana", ["den"], 13)
    assert rights.remember_groups("ana", [], 14)


def test_no_late_fill_revives_an_ended_device():
    rights = Rights()
    assert rights.remember_asker("hash", ASKER, 1)
    rights.apply(event(5, "session.ended", "u:ana", device_id="laptop"))
    assert rights.asker("hash") is None
    assert not rights.remember_asker("hash", ASKER, 1)
    assert rights.asker("hash") is None


def test_what_is_remembered_has_bounds(monkeypatch):
    monkeypatch.setattr(rights_module, "MOST_DEVICES", 3)
    monkeypatch.setattr(rights_module, "MOST_TOMBSTONES", 3)
    rights = Rights()
    for number in range(10):
        rights.remember_asker(f"hash {number}", Asker("ana", f"device {number}", 1e12), 1)
        rights.apply(removed(number, f"person {number}", "hall"))
    assert [number for number in range(10) if rights.asker(f"hash {number}")] == [7, 8, 9]
    for number in range(10):
        rights.apply(event(20 + number, "session.ended", "u:ana", device_id=f"device {number}"))
    assert [number for number in range(10) if rights.has_ended(f"device {number}")] == [7, 8, 9]
    assert [len(each) for each in (rights._askers, rights._tokens, rights._ended, rights._moved)] == [0, 0, 3, 3]


def test_a_renewed_device_is_known_by_its_new_token_only():
    rights = Rights()
    assert rights.remember_asker("old", ASKER, 4)
    rights.apply(event(5, "session.renewed", "u:ana", device_id="laptop"))
    assert rights.asker("old") is None
    assert not rights.remember_asker("old", ASKER, 4)  # read before, remembered late
    assert rights.remember_asker("new", ASKER, 5)
    assert rights.asker("new") == ASKER
