"""Query strings, ids, cursors and texts at the JSON doors."""

import base64
import os
import random

from doors import doors, is_problem, stored

ODD_NUMBERS = ("x", "", " ", "-1", "1.5", "1e3", "0x10", "nan", "inf", str(2**63), "9" * 5_000, "1%00", "%F0%9F%A6%80", "1;2", "null", "[]")
ODD_WORDS = ("%00", "%ff%fe", "%ed%a0%80", "%25%27%22;--", "x" * 200, "%F0%9F%A6%80" * 50, "\\", "__", "%2e%2e%2f")
OVERRIDE = "\u202eetirw ot yaw\u202c"
TEXTS = {
    "four bytes": "🦀 𝕏 𠜎 🏳️‍🌈 👩🏽‍🚀",
    "right to left": "שלום \u2067עולם\u2069 مرحبا",
    "combining": "e\u0301 n\u0303 Z͑ͫ̓ͪ̂ͫ̽",
    "hangul and kana": "안녕 こんにちは",
    "looks like code": "<script>alert(1)</script> {{7*7}} %(x)s ' OR 1=1 -- \\u0000 $$",
    "json inside": '{"a": "\\"b\\"", "c": [null]}',
    "nothing but a zero-width joiner pair": "a\u200d\u200cb",
    "last code point": "\U0010ffff\ufffd",
}


def asking(cast):
    return [door for door in doors(cast) if door.query is not None]


def test_an_unknown_parameter_is_refused_at_every_door(cast):
    for door in doors(cast):
        reply = cast.ana.request(door.method, door.path + "?colour=red", door.body)
        assert is_problem(reply, 400), f"{door}: {reply.status_code}"
        assert "colour" in reply.get_json()["errors"], str(door)


def test_a_parameter_given_twice_is_refused_at_every_door(cast):
    for door in asking(cast):
        for name in door.query.model_fields:
            reply = cast.ana.get(f"{door.path}?{name}=1&{name}=1", status=400)
            assert (reply["code"], name in reply["errors"]) == ("bad_request", True), f"{door} {name}"


def test_whatever_a_parameter_holds_the_answer_is_an_answer(cast):
    before = None
    for door in asking(cast):
        before = before or stored(cast.app)
        for name in door.query.model_fields:
            for value in ODD_NUMBERS + ODD_WORDS:
                reply = cast.ana.request(door.method, f"{door.path}?{name}={value}")
                assert reply.status_code == 200 or is_problem(reply), f"{door} {name}={value}: {reply.status_code}"
    assert stored(cast.app) == before


def test_a_page_of_messages_has_one_anchor_which_is_a_number_within_bounds(cast):
    queries = [f"{name}={value}" for name in ("before", "after", "around", "limit") for value in ODD_NUMBERS]
    queries += ["before=1&after=1", "around=3&before=9", "limit=0", "limit=101", f"after={2**62 + 1}"]
    for query in queries:
        reply = cast.ana.request("GET", f"/api/groups/{cast.den}/messages?{query}")
        assert is_problem(reply, 422 if "%00" in query else 400), query


def test_a_query_string_has_room_for_200_ids_and_not_for_a_novel(cast):
    ids = ",".join([cast.ben.id] * 200)
    assert len(cast.ana.get(f"/api/presence?users={ids}")["presence"]) == 1
    assert cast.ana.get(f"/api/presence?users={ids},{cast.ben.id}", status=400)["code"] == "bad_request"
    assert cast.ana.get(f"/api/users?search={'x' * 9_000}", status=400)["code"] == "bad_request"


def test_a_poll_does_not_wait_for_ever(cast):
    cursor = cast.ana.cursor()
    for wait in ("-1", "26", "nan", "inf", "1e9", "x", ""):
        cast.ana.get(f"/api/updates?since={cursor}&wait={wait}", status=400)


def test_garbage_instead_of_a_cursor_is_called_so(cast):
    pick, good = random.Random(7), cast.ana.cursor()
    garbage = ["x", "A" * 60, good[:-1], good + "A", good.lower(), "0", "-1", "%00", "%F0%9F%A6%80" * 15, "A" * 4_000]
    garbage += [base64.urlsafe_b64encode(os.urandom(45)).decode() for _ in range(20)]
    for _ in range(60):
        at = pick.randrange(60)
        garbage.append(good[:at] + ("B" if good[at] != "B" else "C") + good[at + 1 :])
    for one in garbage:
        reply = cast.ana.request("GET", f"/api/updates?since={one}&wait=1")
        known = is_problem(reply, 400) and reply.get_json()["code"] == "bad_cursor"
        assert known, f"{one[:80]}: {reply.status_code} {reply.data}"
    cast.ana.get("/api/updates", status=400)
    assert cast.ana.updates(good)["cursor"] == good


def test_texts_come_back_as_they_were_sent(cast):
    for text in TEXTS.values():
        comes_back(cast, text)


def test_a_message_may_turn_the_reading_direction_which_a_name_may_not(cast):
    sent = cast.ana.say(OVERRIDE, group=cast.den)
    assert cast.ben.get(f"/api/groups/{cast.den}/messages")["messages"][-1]["content"] == OVERRIDE == sent["content"]
    assert cast.ana.patch("/api/me", {"name": OVERRIDE})["me"]["name"] == "etirw ot yaw"


def comes_back(cast, text):
    cursor = cast.ben.cursor()
    sent = cast.ana.say(text, group=cast.den)
    assert cast.ana.patch(f"/api/groups/{cast.den}", {"name": text})["group"]["name"] == text
    assert cast.ana.patch("/api/me", {"name": text})["me"]["name"] == text
    assert cast.ana.put("/api/me/status", {"manual_status": text})["me"]["manual_status"] == text
    assert cast.ben.get(f"/api/groups/{cast.den}/messages")["messages"][-1]["content"] == text == sent["content"]
    heard = {event["kind"]: event["data"] for event in cast.ben.updates(cursor)["events"]}
    assert heard["message.sent"]["message"]["content"] == text
    assert heard["group.changed"]["group"]["name"] == text
    state = cast.ben.get("/api/state")
    assert text in [group["name"] for group in state["groups"]]
    assert text in [user["name"] for user in state["users"]]


def test_a_search_takes_its_text_as_text(cast):
    cast.ana.patch("/api/me", {"name": "100% _sure_ \\ O'Brien"})
    for search, found in (
        ("100%25", 1),
        ("%25", 1),
        ("_", 1),
        ("%5C", 1),
        ("'", 1),
        ("_%25_", 0),
        ("%25%25", 0),
        ("o'BRIEN", 1),
        ("en ok", 1),
        ("ss", 1),
        ("", 4),
    ):
        assert len(cast.ben.get(f"/api/users?search={search}")["users"]) == found, search
