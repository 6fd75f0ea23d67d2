"""Bad input, at every JSON door: a clear refusal with a stable code, never an error of the server, and nothing stored."""

import itertools
import json
import random
import socket
import uuid

from doors import doors, is_problem, stored

WRONG = {
    str: [1, 1.5, True, [], {}, ["x"], "a\0b", "\0", "a\ud800", "\udfff"],
    bool: [0, 1, "true", "", None, [], {}],
    int: ["1", 1.5, True, None, [], {}, 2**100, -(2**100), float("nan"), float("inf")],
    float: ["1", True, None, [], {}, -1, 1e300, float("nan"), float("inf")],
    list: ["x", 1, None, {}, [1], [None], [["x"]], ["a\0b"], ["\ud800"], ["x"] * 101],
}
NO_OBJECTS = ["", " ", "x", "{", "[]", "null", "1", '"x"', "{}{}", "\ufeff{}", "{'a': 1}", '{"a": 01}', "[" * 30_000]
ODD_BODIES = [*(text.encode() for text in NO_OBJECTS), b"\xff\xfe{\0}\0", b'{"name": "\xff"}']
ODD_TYPES = (None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", "text/json")
TIMES = ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2100-01-01T00:00:00", "99999-01-01"]
WORDS = ["", "a", "a\0", "\ud83d", "\u202e", *TIMES, "nan", "x" * 20_000]
MOST_BYTES = 64 * 1024
NAMES = ("a\ud800", "a\0", "__proto__", "", "x" * 1000, "content ")


def taking_bodies(cast):
    return [door for door in doors(cast) if door.body is not None]


def refused(app, tries):
    """Make the tries, each a (what, function that returns a reply); fail unless every one is refused and nothing is stored."""
    tries, wrong = list(tries), []
    before = stored(app)
    for what, attempt in tries:
        reply = attempt()
        if not is_problem(reply):
            wrong.append((what, reply.status_code, reply.get_data(as_text=True)[:200]))
    assert wrong == []
    assert stored(app) == before


def test_what_the_doors_document_is_taken(cast):
    codes = {"bad_request", "bad_json", "not_json", "invalid", "too_large"}
    for door in taking_bodies(cast):
        reply = door.send(cast.ana, door.body)
        assert not (reply.status_code >= 400 and reply.get_json()["code"] in codes), f"{door}: {reply.get_data(as_text=True)}"


def test_a_field_of_the_wrong_type_is_refused_at_every_door(cast):
    def tries():
        for door in taking_bodies(cast):
            for field, value in door.body.items():
                kind = float if field == "next" else type(value)
                for odd in WRONG[kind]:
                    yield (str(door), field, odd), lambda door=door, field=field, odd=odd: door.send(cast.ana, {**door.body, field: odd})

    refused(cast.app, tries())


def test_an_unknown_field_is_refused_at_every_door(cast):
    tries = (
        (f"{door} {name!r}", lambda door=door, name=name: door.send(cast.ana, {**door.body, name: 1}))
        for door in taking_bodies(cast)
        for name in NAMES
    )
    refused(cast.app, tries)


def test_a_missing_field_is_refused_at_every_door(cast):
    optional = {
        "Profile": "all",
        "StatusChange": "all",
        "Privacy": "all",
        "ProofForAnother": "all",
        "Heartbeat": {"next"},
        "NewGroup": {"member_ids"},
    }

    def tries():
        for door in taking_bodies(cast):
            may_lack = optional.get(model_of(cast.app, door), ())
            for field in door.body:
                if may_lack != "all" and field not in may_lack:
                    less = {name: value for name, value in door.body.items() if name != field}
                    yield f"{door} without {field}", lambda door=door, less=less: door.send(cast.ana, less)

    refused(cast.app, tries())


def model_of(app, door):
    endpoint, _ = app.url_map.bind("localhost").match(door.path, door.method)
    return app.view_functions[endpoint].declaration["body"].__name__


def test_what_is_no_json_object_is_refused_at_every_door(cast):
    refused(
        cast.app,
        ((f"{door} {odd[:20]!r}", lambda door=door, odd=odd: door.open(cast.ana, odd)) for door in taking_bodies(cast) for odd in ODD_BODIES),
    )


def test_what_parsers_read_in_different_ways_is_refused_at_every_door(cast):
    def tries():
        for door in taking_bodies(cast):
            good = json.dumps(door.body)
            field = next(iter(door.body))
            for odd in (
                good[:-1] + f', "{field}": {json.dumps(door.body[field])}}}',
                good[:-1] + ', "x": NaN}',
                good[:-1] + ', "x": -Infinity}',
                good[:-1] + ', "x": ' + '{"a":' * 16 + "1" + "}" * 17,
                good[:-1] + f', "x": {"9" * 5_000}}}',
                good + " x",
                good.replace(":", "=", 1),
            ):
                yield f"{door} {odd[:200]}", lambda door=door, odd=odd: door.open(cast.ana, odd.encode())

    refused(cast.app, tries())


def test_what_is_not_called_json_is_not_read_at_any_door(cast):
    """So no form of another site reaches a deed: a browser sends these types anywhere without asking."""
    found = taking_bodies(cast)
    before = stored(cast.app)
    for door, content_type in itertools.product(found, ODD_TYPES):
        reply = door.open(cast.ana, json.dumps(door.body).encode(), content_type)
        assert is_problem(reply, 415), f"{door} {content_type}: {reply.status_code}"
        assert reply.get_json(force=True)["code"] == "not_json"
    assert stored(cast.app) == before


def test_a_body_of_more_than_64_kib_is_refused_at_every_door(cast):
    found = taking_bodies(cast)
    before = stored(cast.app)
    for door in found:
        reply = door.open(cast.ana, json.dumps(door.body).encode().ljust(MOST_BYTES + 1))
        assert is_problem(reply, 413), f"{door}: {reply.status_code}"
        assert reply.get_json(force=True)["code"] == "too_large"
    assert stored(cast.app) == before
    message = {"client_id": str(uuid.uuid4()), "content": "just fits"}
    fits = cast.ana.request(
        "POST", f"/api/groups/{cast.den}/messages", data=json.dumps(message).encode().ljust(MOST_BYTES), content_type="application/json"
    )
    assert fits.status_code == 201


def test_a_body_that_does_not_tell_its_size_is_measured_too(cast, serve):
    server = serve(WEB_CONCURRENCY="1")
    head = (
        f"POST /api/groups HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {cast.ana.token}\r\nContent-Type: application/json\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        body = b'{"name": "big"}'.ljust(MOST_BYTES + 1)
        connection.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        with connection.makefile("rb") as reply:
            assert reply.readline().startswith(b"HTTP/1.1 413 ")
            assert b"application/problem+json" in b"".join(iter(reply.readline, b"\r\n"))


def test_a_message_has_room_for_10_000_characters_whatever_they_are(cast):
    for letter in ("x", "\U0001f980", "\u05d0"):
        has_room(cast, letter)


def has_room(cast, letter):
    sent = cast.ana.say(letter * 10_000, group=cast.den)
    assert cast.ben.get(f"/api/groups/{cast.den}/messages")["messages"][-1] == sent
    assert len(sent["content"]) == 10_000
    before = stored(cast.app)
    cast.ana.say(letter * 10_001, group=cast.den, status=422)
    cast.ana.say(letter * 10_001, to=cast.ben.id, status=422)
    cast.ana.patch(f"/api/messages/{sent['id']}", {"content": letter * 10_001}, status=422)
    assert stored(cast.app) == before


def odd_value(pick, depth=0):
    """Return some JSON value that nobody would send on purpose."""
    kinds = [
        pick.choice(WORDS),
        pick.randint(-(2**70), 2**70),
        pick.choice((True, False, None)),
        pick.uniform(-1e18, 1e18),
        pick.choice((0, -1, 2**63, 1e308)),
    ]
    if depth < 3:
        kinds += [[odd_value(pick, depth + 1) for _ in range(3)], {pick.choice(WORDS[:5]): odd_value(pick, depth + 1)}]
    return pick.choice(kinds)


def test_whatever_the_fields_hold_the_server_does_not_break(cast, size):
    pick = random.Random(20_250_701)
    found = taking_bodies(cast)
    for _ in range(size(25, 500)):
        for door in found:
            body = {name: odd_value(pick) if pick.random() < 0.5 else value for name, value in door.body.items()}
            reply = door.send(cast.ana, body)
            assert reply.status_code < 400 or is_problem(reply), f"{door} {json.dumps(body)[:300]}: {reply.status_code}"
    assert cast.ana.get("/api/me")["me"]["id"] == cast.ana.id
