"""What a worker asks about people whom it does not know yet: of many at once in few questions, of each the truth."""

import pytest
from signs import statements

from chatapp.extensions import db
from chatapp.updates import token_hash
from chatapp.updates.reader import Reader

NEW = 40


@pytest.fixture
def reader(app):
    with app.app_context():
        return Reader(db.engine)


def test_many_who_are_new_at_once_are_asked_about_together_and_each_gets_their_own(app, cast, reader):
    people = [cast.add(f"person{number}", f"Person {number}") for number in range(NEW)]
    groups = [cast.group(f"group {number}", person) for number, person in enumerate(people)]
    hashes = [token_hash(person.token) for person in people]
    newest = reader.newest()[1]
    with statements(app) as noted:
        devices = reader._devices_with([*hashes, token_hash("nobody")])
        found = reader._groups_each([person.id for person in people])
    assert [(position, row and row.user_id) for position, row in devices] == [(newest, person.id) for person in people] + [(newest, None)]
    assert [position for position, _ in found] == [newest] * NEW
    for person, group, (_, theirs) in zip(people, groups, found, strict=True):
        assert {str(one) for one in theirs} == {cast.hall, group}, person.id
    assert len(noted) <= (NEW + 5 if app.config["DATABASE_URL"].startswith("sqlite") else 7), noted


def test_one_by_one_the_answers_are_the_same(cast, reader):
    position, row = reader.device(token_hash(cast.ben.token))
    assert (position, row.user_id, row.id) == (reader.newest()[1], cast.ben.id, cast.ben.device_id)
    assert reader.device("nobody")[1] is None
    assert set(reader.groups(cast.ben.id)[1]) == {cast.hall, cast.den}
