"""The description of the API: written once a worker, for anybody may ask for it."""

from chatapp.blueprints.api import openapi


def test_the_description_is_written_once_however_many_ask(app, monkeypatch):
    written, describe = [], openapi.describe
    monkeypatch.setattr(openapi, "describe", lambda app: written.append(describe(app)) or written[-1])
    client = app.test_client()
    replies = [client.get("/api/openapi.json") for _ in range(3)]
    assert len(written) == 1
    assert [reply.get_json() for reply in replies] == written * 3
    assert {reply.mimetype for reply in replies} == {"application/json"}


def test_each_application_describes_its_own_routes(app, second_app):
    second_app.extensions.pop("openapi", None)
    paths = [set(one.test_client().get("/api/openapi.json").get_json()["paths"]) for one in (app, second_app)]
    assert paths[0] == paths[1] and "/api/openapi.json" in paths[0]
