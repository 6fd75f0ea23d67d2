"""Messages: sent once, numbered without holes, edited and deleted as events."""

import threading
import uuid

import pytest


def test_a_message_reaches_everybody_in_the_group_and_nobody_else(cast):
    cursors = {one: one.cursor() for one in (cast.ana, cast.ben, cast.dan)}
    sent = cast.ana.say("Hello, den", group=cast.den)
    assert sent["number"] == 1 and sent["content"] == "Hello, den" and sent["group_id"] == cast.den and sent["receiver_id"] is None
    for one in (cast.ana, cast.ben):
        assert one.updates(cursors[one])["events"] == [{"kind": "message.sent", "data": {"message": sent}}]
    assert cast.dan.updates(cursors[cast.dan])["events"] == []


def test_a_direct_message_reaches_its_two_people_only(cast):
    cursors = {one: one.cursor() for one in (cast.ana, cast.ben, cast.cleo)}
    sent = cast.ana.say("Just us", to=cast.ben.id)
    assert cast.ana.kinds(cursors[cast.ana]) == cast.ben.kinds(cursors[cast.ben]) == ["direct.opened", "message.sent"]
    assert cast.cleo.kinds(cursors[cast.cleo]) == []
    assert cast.ben.get(f"/api/users/{cast.ana.id}/messages")["messages"] == [sent]
    assert cast.cleo.get(f"/api/users/{cast.ana.id}/messages")["messages"] == []


def test_one_can_write_to_oneself(cast):
    cast.ana.say("buy milk", to=cast.ana.id)
    assert [one["content"] for one in cast.ana.get(f"/api/users/{cast.ana.id}/messages")["messages"]] == ["buy milk"]
    assert cast.ana.get("/api/state")["directs"] == [{"user_id": cast.ana.id, "last_number": 1, "read_mark": 1}]


def test_the_same_client_id_stores_one_message_for_ever(cast):
    client_id = str(uuid.uuid4())
    first = cast.ana.say("once", group=cast.den, client_id=client_id)
    again = cast.ana.say("once", group=cast.den, client_id=client_id, status=200)
    assert again == first
    edited = cast.ana.patch(f"/api/messages/{first['id']}", {"content": "once, mended"})["message"]
    assert cast.ana.say("once", group=cast.den, client_id=client_id, status=200) == edited
    assert cast.ana.get(f"/api/groups/{cast.den}/messages")["last_number"] == 1


@pytest.mark.parametrize("other", [{"content": "other"}, {"to": True}])
def test_a_client_id_is_not_reused_for_another_body_or_place(cast, other):
    client_id = str(uuid.uuid4())
    cast.ana.say("once", group=cast.den, client_id=client_id)
    where = {"to": cast.ben.id} if other.get("to") else {"group": cast.den}
    cast.ana.say(other.get("content", "once"), **where, client_id=client_id, status=409)
    assert cast.ana.get(f"/api/groups/{cast.den}/messages")["last_number"] == 1


def test_two_people_may_use_the_same_client_id(cast):
    client_id = str(uuid.uuid4())
    cast.ana.say("mine", group=cast.den, client_id=client_id)
    assert cast.ben.say("mine too", group=cast.den, client_id=client_id)["number"] == 2


def test_copies_sent_at_the_same_instant_become_one_message(cast, second_app):
    client_id, replies = str(uuid.uuid4()), []
    body = {"client_id": client_id, "content": "now"}
    start = threading.Barrier(6)

    def send(app):
        start.wait()
        reply = cast.ana.at(app).request("POST", f"/api/groups/{cast.den}/messages", body)
        replies.append((reply.status_code, reply.get_json()["message"]["id"]))

    threads = [threading.Thread(target=send, args=(app,)) for app in (cast.app, second_app) * 3]
    [one.start() for one in threads]
    [one.join() for one in threads]
    assert sorted(status for status, _ in replies) == [200] * 5 + [201]
    assert len({identity for _, identity in replies}) == 1
    assert cast.ana.get(f"/api/groups/{cast.den}/messages")["last_number"] == 1


def test_numbers_have_no_holes_and_follow_the_order_of_events(cast, second_app):
    cursor = cast.cleo.cursor()
    people = [cast.ana, cast.ben.at(second_app), cast.cleo, cast.ana.at(second_app)]
    start = threading.Barrier(len(people))

    def talk(person):
        start.wait()
        for index in range(10):
            person.say(f"{index}", group=cast.den)

    threads = [threading.Thread(target=talk, args=(one,)) for one in people]
    [one.start() for one in threads]
    [one.join() for one in threads]
    events = cast.cleo.updates(cursor)["events"]
    assert [event["data"]["message"]["number"] for event in events] == list(range(1, 41))


def test_an_edit_is_an_event_and_says_so(cast):
    sent = cast.ana.say("teh", group=cast.den)
    cursor = cast.ben.cursor()
    edited = cast.ana.patch(f"/api/messages/{sent['id']}", {"content": "the"})["message"]
    assert edited["content"] == "the" and edited["edited_at"] and edited["number"] == 1
    assert cast.ben.updates(cursor)["events"] == [{"kind": "message.edited", "data": {"message": edited}}]


def test_an_edit_that_changes_nothing_is_no_event(cast):
    sent = cast.ana.say("same", group=cast.den)
    cursor = cast.ben.cursor()
    assert cast.ana.patch(f"/api/messages/{sent['id']}", {"content": "same"})["message"]["edited_at"] is None
    assert cast.ben.kinds(cursor) == []


def test_a_deleted_message_leaves_a_tombstone_and_no_text_anywhere(cast):
    cursor = cast.ben.cursor()
    sent = cast.ana.say("regret-canary", group=cast.den)
    cast.ana.patch(f"/api/messages/{sent['id']}", {"content": "regret-canary too"})
    deleted = cast.ana.delete(f"/api/messages/{sent['id']}", status=200)["message"]
    assert deleted["content"] == "" and deleted["deleted_at"]
    assert cast.ben.kinds(cursor) == ["message.sent", "message.edited", "message.deleted"]
    assert "regret-canary" not in str(cast.ben.updates(cursor))
    assert cast.ben.get(f"/api/groups/{cast.den}/messages")["messages"] == [deleted]
    cast.ana.patch(f"/api/messages/{sent['id']}", {"content": "back"}, status=409)


def test_only_the_author_changes_a_message(cast):
    sent = cast.ana.say("mine", group=cast.den)
    cast.ben.patch(f"/api/messages/{sent['id']}", {"content": "yours"}, status=403)
    cast.ben.delete(f"/api/messages/{sent['id']}", status=403)
    cast.dan.patch(f"/api/messages/{sent['id']}", {"content": "yours"}, status=404)
    cast.dan.delete(f"/api/messages/{sent['id']}", status=404)


def test_history_pages_both_ways_and_around_a_number(cast):
    for index in range(1, 21):
        cast.ana.say(str(index), group=cast.den)
    path = f"/api/groups/{cast.den}/messages"

    def numbers(query):
        page = cast.ben.get(path + query)
        return [one["number"] for one in page["messages"]], page["more"]

    assert numbers("?limit=5") == ([16, 17, 18, 19, 20], True)
    assert numbers("?before=4&limit=5") == ([1, 2, 3], False)
    assert numbers("?before=16&limit=5") == ([11, 12, 13, 14, 15], True)
    assert numbers("?after=17&limit=5") == ([18, 19, 20], False)
    assert numbers("?after=0&limit=5") == ([1, 2, 3, 4, 5], True)
    assert numbers("?around=10&limit=6") == ([7, 8, 9, 10, 11, 12], True)
    assert numbers("?around=2&limit=100") == (list(range(1, 21)), False)
    cast.ben.get(path + "?after=1&before=3", status=400)


def test_unread_is_a_subtraction_and_ones_own_messages_count_as_read(cast):
    def sides(person):
        den = next(one for one in person.get("/api/state")["groups"] if one["id"] == cast.den)
        return den["last_number"], den["read_mark"]

    cast.ana.say("one", group=cast.den)
    cast.ana.say("two", group=cast.den)
    assert sides(cast.ben) == (2, 0) and sides(cast.ana) == (2, 2)
    cursor = cast.ben.cursor()
    assert cast.ben.put(f"/api/groups/{cast.den}/read_mark", {"number": 2}) == {"number": 2}
    assert sides(cast.ben) == (2, 2)
    moved = {"group_id": cast.den, "user_id": None, "number": 2}
    assert cast.ben.updates(cursor)["events"] == [{"kind": "read_mark.moved", "data": moved}]
    cast.ben.put(f"/api/groups/{cast.den}/read_mark", {"number": 3}, status=422)
    cast.ben.put(f"/api/groups/{cast.den}/read_mark", {"number": 1})
    assert sides(cast.ben) == (2, 1)
    cast.ana.say("psst", to=cast.ben.id)
    cast.ben.put(f"/api/users/{cast.ana.id}/read_mark", {"number": 1})
    assert cast.ben.get("/api/state")["directs"] == [{"user_id": cast.ana.id, "last_number": 1, "read_mark": 1}]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"content": "no client id"}, 400),
        ({"client_id": "x", "content": "bad client id"}, 400),
        ({"client_id": str(uuid.uuid4()), "content": 5}, 400),
        ({"client_id": str(uuid.uuid4()), "content": None}, 400),
        ({"client_id": str(uuid.uuid4()), "content": {"$ne": 1}}, 400),
        ({"client_id": str(uuid.uuid4()), "content": "x", "number": 7}, 400),
        ({"client_id": str(uuid.uuid4()), "content": ""}, 422),
        ({"client_id": str(uuid.uuid4()), "content": " \n\n "}, 422),
        ({"client_id": str(uuid.uuid4()), "content": "a\0b"}, 422),
        ({"client_id": str(uuid.uuid4()), "content": "x" * 10_001}, 422),
        ({"client_id": str(uuid.uuid4()), "content": "x" * 70_000}, 413),
        ([], 400),
        ("text", 400),
    ],
)
def test_a_bad_message_is_refused_clearly_and_stores_nothing(cast, body, status):
    reply = cast.ana.request("POST", f"/api/groups/{cast.den}/messages", body)
    assert reply.status_code == status
    assert reply.mimetype == "application/problem+json" and reply.get_json()["code"]
    assert cast.ana.get(f"/api/groups/{cast.den}/messages")["last_number"] == 0


def test_10_000_characters_of_any_script_fit(cast):
    for letter in ("x", "é", "漢", "🙂"):
        assert cast.ana.say(letter * 10_000, group=cast.den)["content"] == letter * 10_000


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"nope",
        b'{"client_id":"a","client_id":"b"}',
        b'{"content":NaN}',
        b"[" * 5_000,
        b'{"a":' * 20 + b"1" + b"}" * 20,
        b"\xff\xfe",
    ],
)
def test_what_is_not_plain_json_is_refused(cast, raw):
    reply = cast.ana.request("POST", f"/api/groups/{cast.den}/messages", headers={"Content-Type": "application/json"}, data=raw)
    assert reply.status_code == 400 and reply.mimetype == "application/problem+json"


def test_another_content_type_is_refused(cast):
    reply = cast.ana.request("POST", f"/api/groups/{cast.den}/messages", headers={"Content-Type": "text/plain"}, data=b"{}")
    assert reply.status_code == 415
