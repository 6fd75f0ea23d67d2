"""Who may call what. A route without a row here, or a row without a route, fails."""

import uuid

import pytest

ANYONE, SIGNED_IN, MEMBER, OWNER, AUTHOR, SERVER_OWNER = "anyone", "signed in", "member", "owner", "author", "server owner"
ROUTES = {
    "GET /healthz": ANYONE,
    "GET /static/<path:filename>": ANYONE,
    "GET /": ANYONE,
    "GET /groups/<group_id>": ANYONE,
    "GET /people/<user_id>": ANYONE,
    "GET /devices": ANYONE,
    "GET /setup": ANYONE,
    "GET /sign-in": ANYONE,
    "GET /join/<invite_id>": ANYONE,
    "GET /reset/<token>": ANYONE,
    "GET /api/openapi.json": ANYONE,
    "POST /api/setup": ANYONE,
    "POST /api/session": ANYONE,
    "POST /api/users": ANYONE,
    "POST /api/password_resets": ANYONE,
    "GET /api/invites/<invite_id>": ANYONE,
    "DELETE /api/session": SIGNED_IN,
    "GET /api/state": SIGNED_IN,
    "GET /api/updates": SIGNED_IN,
    "POST /api/heartbeat": SIGNED_IN,
    "POST /api/heartbeat/leave": SIGNED_IN,
    "GET /api/presence": SIGNED_IN,
    "GET /api/me": SIGNED_IN,
    "PATCH /api/me": SIGNED_IN,
    "PUT /api/me/status": SIGNED_IN,
    "PUT /api/me/password": SIGNED_IN,
    "GET /api/me/devices": SIGNED_IN,
    "PATCH /api/me/devices/<device_id>": SIGNED_IN,
    "DELETE /api/me/devices/<device_id>": SIGNED_IN,
    "DELETE /api/me/devices": SIGNED_IN,
    "PUT /api/me/privacy": SIGNED_IN,
    "PATCH /api/server": SERVER_OWNER,
    "POST /api/tokens": SIGNED_IN,
    "GET /api/users": SIGNED_IN,
    "GET /api/users/<user_id>": SIGNED_IN,
    "GET /api/users/<user_id>/messages": SIGNED_IN,
    "POST /api/users/<user_id>/messages": SIGNED_IN,
    "PUT /api/users/<user_id>/read_mark": SIGNED_IN,
    "POST /api/users/<user_id>/deactivation": SERVER_OWNER,
    "DELETE /api/users/<user_id>/deactivation": SERVER_OWNER,
    "GET /api/groups": SIGNED_IN,
    "POST /api/groups": SIGNED_IN,
    "GET /api/groups/<group_id>": MEMBER,
    "PATCH /api/groups/<group_id>": OWNER,
    "DELETE /api/groups/<group_id>": OWNER,
    "GET /api/groups/<group_id>/members": MEMBER,
    "POST /api/groups/<group_id>/members": MEMBER,
    "PATCH /api/groups/<group_id>/members/<user_id>": OWNER,
    "DELETE /api/groups/<group_id>/members/<user_id>": OWNER,
    "GET /api/groups/<group_id>/messages": MEMBER,
    "POST /api/groups/<group_id>/messages": MEMBER,
    "PUT /api/groups/<group_id>/read_mark": MEMBER,
    "GET /api/groups/<group_id>/invites": MEMBER,
    "POST /api/groups/<group_id>/invites": MEMBER,
    "DELETE /api/invites/<invite_id>": MEMBER,
    "POST /api/invites/<invite_id>/accept": SIGNED_IN,
    "PATCH /api/messages/<message_id>": AUTHOR,
    "DELETE /api/messages/<message_id>": AUTHOR,
}
BODIES = {
    "PATCH /api/groups/<group_id>": {"name": "x"},
    "POST /api/groups/<group_id>/members": {"user_id": str(uuid.uuid4())},
    "PATCH /api/groups/<group_id>/members/<user_id>": {"role": "member"},
    "POST /api/groups/<group_id>/messages": {"client_id": str(uuid.uuid4()), "content": "x"},
    "PUT /api/groups/<group_id>/read_mark": {"number": 0},
    "POST /api/groups/<group_id>/invites": {"expires_in": 3600},
    "PATCH /api/messages/<message_id>": {"content": "x"},
    "PATCH /api/me/devices/<device_id>": {"name": "x"},
    "PATCH /api/server": {"invisible_allowed": False},
    "POST /api/users/<user_id>/messages": {"client_id": str(uuid.uuid4()), "content": "x"},
    "PUT /api/users/<user_id>/read_mark": {"number": 0},
}
OF_MEMBERS = [route for route, who in ROUTES.items() if who in (MEMBER, OWNER, AUTHOR)]


def routes(app):
    """Yield "METHOD rule" of everything that the application answers."""
    for rule in app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            yield f"{method} {rule.rule}"


def call(person, route, **ids):
    """Return the reply to a route with these ids in its path."""
    method, _, path = route.partition(" ")
    for name, value in ids.items():
        path = path.replace(f"<{name}>", value)
    return person.request(method, path, BODIES.get(route, None if method in ("GET", "DELETE") else {}))


def things(cast):
    """Return the ids of things in the den, where Dan is not."""
    return {
        "group_id": cast.den,
        "user_id": cast.ben.id,
        "message_id": cast.ana.say("for the den", group=cast.den)["id"],
        "invite_id": cast.ana.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600})["invite"]["id"],
    }


def test_every_route_has_its_row_and_every_row_its_route(app):
    assert sorted(routes(app)) == sorted(ROUTES)


def test_every_json_route_says_the_same_in_its_declaration_and_is_documented(app):
    documented = app.test_client().get("/api/openapi.json").get_json()["paths"]
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/"):
            continue
        declaration = app.view_functions[rule.endpoint].declaration
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            assert (declaration["who"] == "anyone") == (ROUTES[f"{method} {rule.rule}"] == ANYONE)
            assert method.lower() in documented[rule.rule.replace("<", "{").replace(">", "}")]


def test_without_signing_in_the_answer_is_401(app, subtests):
    for route in (route for route, who in ROUTES.items() if who != ANYONE):
        with subtests.test(route):
            method, _, path = route.partition(" ")
            reply = app.test_client().open(path.replace("<", "").replace(">", ""), method=method, json=None if method == "GET" else {})
            assert reply.status_code == 401 and reply.get_json()["code"] == "unauthorized"


@pytest.mark.parametrize("route", OF_MEMBERS)
def test_not_yours_answers_exactly_like_does_not_exist(cast, route):
    ids = things(cast)
    not_his = call(cast.dan, route, **ids)
    nobodys = call(cast.dan, route, **{name: str(uuid.uuid4()) for name in ids})
    nonsense = call(cast.dan, route, **dict.fromkeys(ids, "nonsense"))
    assert not_his.status_code == nobodys.status_code == nonsense.status_code == 404
    assert not_his.data == nobodys.data == nonsense.data
    assert dict(not_his.headers) == dict(nobodys.headers)


@pytest.mark.parametrize("route", OF_MEMBERS)
def test_a_removed_member_is_a_stranger(cast, route):
    ids = things(cast)
    cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.cleo.id}")
    assert call(cast.cleo, route, **ids).status_code == 404


@pytest.mark.parametrize("route", [route for route, who in ROUTES.items() if who in (OWNER, AUTHOR, SERVER_OWNER)])
def test_who_may_see_but_not_do_is_told_so(cast, route):
    assert call(cast.cleo, route, **things(cast)).status_code == 403


def test_odd_ids_never_break_anything(cast, subtests):
    for route in (route for route in ROUTES if "<" in route and "/api/" in route):
        for odd in ("0", "-1", str(2**63), "%00", "..%2f..", "é", "x" * 2_000, "00000000-0000-0000-0000-000000000000"):
            with subtests.test(route, odd=odd[:40]):
                reply = call(cast.ana, route, **dict.fromkeys(("group_id", "user_id", "message_id", "invite_id", "device_id"), odd))
                assert 400 <= reply.status_code < 500 and reply.status_code != 429
