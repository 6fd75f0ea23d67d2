"""Errors: problem+json for programs, a page for people, and never what went wrong inside."""

import pytest
import sqlalchemy as sa

from chatapp.errors import Throttled
from chatapp.rules.jobs import EVERY

SECRET = "the password is swordfish"


def breaking(error):
    def view(**_arguments):
        raise error

    return view


def problem(reply, status, code):
    assert (reply.status_code, reply.mimetype) == (status, "application/problem+json")
    body = reply.get_json(force=True)
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"]
    return body


def page(reply, status, words):
    assert (reply.status_code, reply.mimetype) == (status, "text/html")
    assert words in reply.text
    assert 'href="/"' in reply.text


def test_what_does_not_exist_is_a_problem_for_programs_and_a_page_for_people(client):
    for path in ("/api/nowhere", "/api/", "/api/groups/", "/healthz/x"):
        problem(client.get(path), 404, "not_found")
    for path in ("/nowhere", "/static/nowhere.js", "/static/../config.py", "/apinot", "/favicon.ico"):
        page(client.get(path), 404, "There is nothing here")


def test_a_method_that_is_not_taken_says_which_are(client):
    reply = client.put("/api/groups")
    problem(reply, 405, "method_not_allowed")
    assert {"GET", "POST"} <= set(reply.headers["Allow"].split(", "))
    reply = client.post("/sign-in")
    page(reply, 405, "Method Not Allowed")
    assert "GET" in reply.headers["Allow"]
    problem(client.open("/api/me", method="BREW"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    "error", [RuntimeError(SECRET), KeyError(SECRET), sa.exc.ProgrammingError(SECRET, {}, Exception(SECRET)), RecursionError(SECRET)]
)
def test_a_defect_tells_people_nothing_and_the_log_everything(cast, caplog, error):
    cast.app.view_functions["api_me.get_me"] = cast.app.view_functions["pages.setup"] = breaking(error)
    reply = cast.ana.request("GET", "/api/me")
    problem(reply, 500, "server_error")
    shown = cast.app.test_client().get("/setup")
    page(shown, 500, "Internal Server Error")
    for text in (reply.text, shown.text):
        assert SECRET not in text
        assert "Traceback" not in text
    assert SECRET in caplog.text
    assert cast.ana.token not in caplog.text


@pytest.mark.parametrize(
    "error", [sa.exc.OperationalError(SECRET, {}, Exception(SECRET)), sa.exc.InterfaceError(SECRET, {}, Exception()), sa.exc.TimeoutError(SECRET)]
)
def test_a_database_that_is_away_is_told_with_when_to_come_back(cast, caplog, error):
    cast.app.view_functions["api_me.get_me"] = cast.app.view_functions["pages.setup"] = cast.app.view_functions["health.get_health"] = breaking(error)
    for reply in (cast.ana.request("GET", "/api/me"), cast.app.test_client().get("/healthz")):
        problem(reply, 503, "unavailable")
        assert reply.headers["Retry-After"] == "2"
    shown = cast.app.test_client().get("/setup")
    page(shown, 503, "Back in a moment")
    assert shown.headers["Retry-After"] == "2"
    assert SECRET not in caplog.text + shown.text
    cast.ana.get("/api/groups")


def test_how_long_to_wait_is_whole_seconds_and_never_none(cast):
    for seconds, told in ((0.01, "1"), (2.4, "3"), (900, "900")):
        cast.app.view_functions["api_me.get_me"] = breaking(Throttled(retry_after=seconds))
        reply = cast.ana.request("GET", "/api/me")
        problem(reply, 429, "throttled")
        assert reply.headers["Retry-After"] == told


def test_the_health_door_says_nothing_of_people(cast):
    cast.ana.say("for the den", group=cast.den)
    reply = cast.app.test_client().get("/healthz")
    assert reply.status_code == 200
    assert reply.get_json() == {"status": "ok", "database": "ok", "feed": "ok", "jobs": dict.fromkeys(EVERY, "ok")}
