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


def test_each_application_answers_with_its_own_description(app, second_app, monkeypatch):
    monkeypatch.setattr(openapi, "describe", lambda app: {"of": app.config["INSTANCE"]})
    app.config["INSTANCE"], second_app.config["INSTANCE"] = "one", "other"
    assert [one.test_client().get("/api/openapi.json").get_json() for one in (app, second_app)] == [{"of": "one"}, {"of": "other"}]
