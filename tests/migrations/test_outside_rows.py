"""What follows when somebody else's program writes rows: everything that always holds, seen by people at their next look."""

import uuid

import pytest
import sqlalchemy as sa


def in_state(person, kind, key, value):
    """Return what a person's state says of one of its groups or direct conversations."""
    (found,) = [one for one in person.get("/api/state")[kind] if one[key] == value]
    return found


def unread(found):
    return found["last_number"] - found["read_mark"]


def test_a_new_person_has_a_status_and_is_in_the_primary_group_where_others_see_them(cast, outside):
    eva = outside.user("eva")
    status = outside.run("SELECT auto_status, manual_status, invisible FROM user_status WHERE user_id = :eva", eva=eva)
    assert status == [("offline", None, False)]
    assert outside.run("SELECT group_id, role FROM group_members WHERE user_id = :eva", eva=eva) == [(cast.hall, "member")]
    assert cast.ben.get(f"/api/users/{eva}")["user"]["auto_status"] == "offline"
    assert eva in [one["user_id"] for one in cast.ben.get(f"/api/groups/{cast.hall}/members")["members"]]
    assert eva in [one["id"] for one in cast.ben.get("/api/state")["users"]]


def test_a_message_to_a_group_is_numbered_after_those_that_are_there_and_unread(cast, outside):
    cast.ana.say("from the chat", group=cast.den)
    assert outside.say("from outside", cast.ana.id, group=cast.den) == 2
    assert cast.ben.say("from the chat again", group=cast.den)["number"] == 3
    assert outside.say("from outside again", cast.ana.id, group=cast.den) == 4
    history = cast.cleo.get(f"/api/groups/{cast.den}/messages")
    told = [(one["number"], one["content"], one["sender_id"]) for one in history["messages"]]
    assert told == [
        (1, "from the chat", cast.ana.id),
        (2, "from outside", cast.ana.id),
        (3, "from the chat again", cast.ben.id),
        (4, "from outside again", cast.ana.id),
    ]
    assert history["last_number"] == 4
    assert [unread(in_state(one, "groups", "id", cast.den)) for one in (cast.ben, cast.cleo)] == [1, 4]
    cast.dan.get(f"/api/groups/{cast.den}/messages", status=404)


def test_a_direct_message_opens_the_conversation_for_both(cast, outside):
    assert cast.ben.get("/api/state")["directs"] == []
    assert outside.say("psst", cast.ana.id, to=cast.ben.id) == 1
    opened = in_state(cast.ben, "directs", "user_id", cast.ana.id)
    assert unread(opened) == 1
    in_state(cast.ana, "directs", "user_id", cast.ben.id)
    assert [one["content"] for one in cast.ben.get(f"/api/users/{cast.ana.id}/messages")["messages"]] == ["psst"]
    assert cast.ben.say("yes?", to=cast.ana.id)["number"] == 2
    assert cast.cleo.get("/api/state")["directs"] == []


def test_what_was_written_outside_is_edited_deleted_and_told_like_any_message(cast, outside):
    outside.say("typo", cast.ana.id, group=cast.den)
    (written,) = cast.ana.get(f"/api/groups/{cast.den}/messages")["messages"]
    cursor = cast.ben.cursor()
    cast.ben.patch(f"/api/messages/{written['id']}", {"content": "mine"}, status=403)
    assert cast.ana.patch(f"/api/messages/{written['id']}", {"content": "fixed"})["message"]["number"] == 1
    cast.ana.request("DELETE", f"/api/messages/{written['id']}")
    assert cast.ben.kinds(cursor) == ["message.edited", "message.deleted"]
    (left,) = cast.ben.get(f"/api/groups/{cast.den}/messages")["messages"]
    assert (left["content"], left["deleted_at"] is None) == ("", False)


def test_a_group_and_a_membership_are_there_at_the_next_look_with_the_history_read(cast, outside):
    pit = outside.group("pit")
    outside.say("before you came", cast.ana.id, group=pit)
    cast.dan.get(f"/api/groups/{pit}", status=404)
    outside.run("INSERT INTO group_members (user_id, group_id) VALUES (:dan, :pit)", dan=cast.dan.id, pit=pit)
    seen = in_state(cast.dan, "groups", "id", pit)
    assert (seen["name"], seen["role"], seen["is_primary"], unread(seen)) == ("pit", "member", False, 0)
    assert [one["content"] for one in cast.dan.get(f"/api/groups/{pit}/messages")["messages"]] == ["before you came"]
    outside.say("after", cast.ana.id, group=pit)
    assert unread(in_state(cast.dan, "groups", "id", pit)) == 1
    outside.run("DELETE FROM group_members WHERE user_id = :dan AND group_id = :pit", dan=cast.dan.id, pit=pit)
    cast.dan.get(f"/api/groups/{pit}/messages", status=404)


def test_an_invite_lets_people_in_until_its_end(cast, outside, client):
    invites = {"open": str(uuid.uuid4()), "over": str(uuid.uuid4())}
    insert = "INSERT INTO group_invites (id, group_id, expires_at) VALUES (:id, :den, :end)"
    outside.run(insert, id=invites["open"], den=cast.den, end="2999-01-01 00:00:00.000000")
    outside.run(insert, id=invites["over"], den=cast.den, end="2020-01-01 00:00:00.000000")
    assert client.get(f"/api/invites/{invites['open']}").json["invite"]["inviter_name"] is None
    assert client.get(f"/api/invites/{invites['over']}").status_code == 404
    assert [one["id"] for one in cast.ben.get(f"/api/groups/{cast.den}/invites")["invites"]] == [invites["open"]]
    cast.dan.post(f"/api/invites/{invites['over']}/accept", status=404)
    cast.dan.get(f"/api/groups/{cast.den}", status=404)
    assert cast.dan.post(f"/api/invites/{invites['open']}/accept", status=200)["group"]["id"] == cast.den


@pytest.mark.parametrize(
    "devices", ["[]", '["phone", {"beat": 1}]', '{"phone": 5, "desk": {"beat": "now"}, "door": {"beat": 1e300, "promised": "soon"}}']
)
def test_devices_that_are_not_the_programs_own_read_as_none_and_the_next_beat_replaces_them(cast, outside, devices):
    outside.run(
        "UPDATE user_status SET manual_status = 'away from outside', devices = :devices WHERE user_id = :ben", devices=devices, ben=cast.ben.id
    )
    (seen,) = [one for one in cast.ana.get("/api/state")["users"] if one["id"] == cast.ben.id]
    assert (seen["auto_status"], seen["manual_status"], seen["last_seen"]) == ("offline", "away from outside", None)
    assert cast.ben.get("/api/me")["me"]["auto_status"] == "offline"
    beat = {"device": "page", "active": True, "visible": True, "next": 25}
    assert cast.ben.post("/api/heartbeat", beat, status=200)["auto_status"] == "online"
    assert cast.ana.get(f"/api/users/{cast.ben.id}")["user"]["auto_status"] == "online"
    kept = outside.one("SELECT CAST(devices AS TEXT) FROM user_status WHERE user_id = :ben", ben=cast.ben.id)
    assert kept.count("beat") == 1


def test_memberships_and_invites_go_with_their_group_and_all_else_holds_it(cast, outside):
    pit = outside.group("pit")
    outside.run("INSERT INTO group_members (user_id, group_id) VALUES (:ben, :pit)", ben=cast.ben.id, pit=pit)
    outside.run("INSERT INTO group_invites (group_id, expires_at) VALUES (:pit, '2999-01-01 00:00:00.000000')", pit=pit)
    outside.say("hold on", cast.ben.id, group=cast.den)

    def delete(table, row_id):
        with outside.engine.connect() as connection:
            if outside.lite:
                connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            connection.execute(sa.text(f"DELETE FROM {table} WHERE id = :id"), {"id": row_id})
            connection.commit()

    delete("groups", pit)
    for table in ("group_members", "group_invites"):
        assert outside.run(f"SELECT id FROM {table} WHERE group_id = :pit", pit=pit) == []
    for table, row_id in (("groups", cast.den), ("users", cast.ben.id), ("users", outside.user("eva"))):
        with pytest.raises(sa.exc.IntegrityError):
            delete(table, row_id)
    assert cast.ben.get(f"/api/groups/{cast.den}")["group"]["id"] == cast.den
