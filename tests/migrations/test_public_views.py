"""The views for reports show what a person who shares no group with anybody is shown, and nothing more."""

import json
import random
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from databases import postgresql_only

from chatapp import payloads
from chatapp.actions.transaction import transaction
from chatapp.clock import from_seconds, rfc3339, seconds
from chatapp.config import ROOT
from chatapp.extensions import db
from chatapp.models import UserStatus, user_status
from chatapp.rules.last_seen import STRANGER

VIEWS = ("public_users", "public_user_status", "public_groups", "public_group_members")
PEOPLE = 400
ODD = (None, [], {}, "now", True, -5, 1e300)
PAGES = ([], [1, {"beat": 3}], {}, {"d:p": None}, {"d:p": {"promised": 25}})


def page(dice, at):
    """Return the entry of a page of any kind, seldom a malformed one."""
    entry = {"beat": at - dice.uniform(0, 300), "promised": dice.choice([1, 25, 60, 120, 9000, 0]), "input": at - dice.uniform(0, 1200)}
    if dice.random() < 0.3:
        entry["left"] = at - dice.uniform(0, 60)
    if dice.random() < 0.2:
        del entry["input"]
    if dice.random() < 0.2:
        entry[dice.choice(["beat", "promised", "input", "left"])] = dice.choice(ODD)
    return entry


def a_status(dice, at):
    """Return the columns of a status of any kind."""
    pages = {f"d{number}:p": page(dice, at) for number in range(dice.randrange(1, 4))}
    found = {
        "devices": pages if dice.random() < 0.7 else dice.choice(PAGES),
        "invisible": dice.random() < 0.3,
        "public_last_seen": dice.choice([None, from_seconds(at - dice.uniform(0, 90_000))]),
    }
    for copy in ("", "public_"):
        found[f"{copy}manual_status"] = dice.choice([None, "at lunch"])
        for name in ("manual_status_expires_at", "do_not_disturb_until"):
            found[copy + name] = dice.choice([None, from_seconds(at + dice.choice([-50, 50]))])
        found[f"{copy}last_seen_to"] = dice.choice(["everyone", "groups", "nobody", "everyone"] + [None] * (copy != ""))
        found[f"{copy}last_seen_precision"] = dice.choice(["exact", "hour", "day"] + [None] * (copy != ""))
    return found


def expected(app, at):
    """Return {person: what a stranger is shown} by the rules, at a second."""
    with app.app_context():
        rows = db.session.execute(sa.select(UserStatus.user_id, *user_status.RECORDED))
        return {row.user_id: payloads.presence(row.user_id, user_status.record(row), at, STRANGER) for row in rows}


def shown(outside):
    """Return {person: what the view shows}."""
    names = ("auto_status", "manual_status", "do_not_disturb", "last_seen", "last_seen_precision")
    found = {}
    for user_id, *values in outside.run(f"SELECT user_id, {', '.join(names)} FROM public_user_status"):
        found[user_id] = one = dict(zip(names, values, strict=True))
        one["do_not_disturb"] = bool(one["do_not_disturb"])
        if isinstance(one["last_seen"], str):
            one["last_seen"] = datetime.fromisoformat(one["last_seen"]).replace(tzinfo=UTC)
        one["last_seen"] = one["last_seen"] and rfc3339(one["last_seen"])
    return found


def same(view, rule):
    """Tell whether both say the same; SQLite's clock counts milliseconds."""
    moments = [one["last_seen"] and datetime.fromisoformat(one["last_seen"]) for one in (view, rule)]
    if None in moments:
        return view == rule
    return abs(moments[0] - moments[1]) < timedelta(milliseconds=2) and {**view, "last_seen": 0} == {**rule, "last_seen": 0}


def test_the_view_says_of_everybody_what_the_rules_say(app, outside):
    dice = random.Random(11)
    with app.app_context(), transaction():
        at = seconds()
        for number in range(PEOPLE):
            user_id = str(uuid.UUID(int=dice.getrandbits(128), version=4))
            account = {"id": user_id, "name": f"u{number}", "username": f"u{number}", "email": f"u{number}", "password": "x"}
            db.session.execute(sa.text(f"INSERT INTO users ({', '.join(account)}) VALUES ({', '.join(':' + one for one in account)})"), account)
            db.session.execute(sa.update(UserStatus).where(UserStatus.user_id == user_id).values(a_status(dice, at)))
    before = expected(app, seconds())
    found = shown(outside)
    after = expected(app, seconds())
    assert found.keys() == before.keys()
    wrong = {one: (found[one], before[one]) for one in found if not same(found[one], before[one]) and not same(found[one], after[one])}
    assert wrong == {}
    assert {one["auto_status"] for one in found.values()} == {"online", "idle", "away", "offline"}
    assert {one["last_seen_precision"] for one in found.values()} == {None, "exact", "hour", "day"}
    assert {one["do_not_disturb"] for one in found.values()} == {True, False}


def test_views_show_neither_addresses_nor_hashes_nor_what_is_deleted(app, outside):
    ana, den = outside.user("ana"), outside.group("den")
    outside.run("INSERT INTO group_members (user_id, group_id) VALUES (:ana, :den)", ana=ana, den=den)
    assert outside.run("SELECT * FROM public_users") == [(ana, "ana", "ana", False)]
    assert outside.run("SELECT user_id, role FROM public_group_members WHERE group_id = :den", den=den) == [(ana, "member")]
    outside.run("UPDATE groups SET deleted_at = (SELECT created_at FROM users) WHERE id = :den", den=den)
    assert outside.run("SELECT name FROM public_groups") == [("Everyone",)]
    assert outside.run("SELECT role FROM public_group_members WHERE group_id = :den", den=den) == []
    everything = json.dumps([[list(map(str, row)) for row in outside.run(f"SELECT * FROM {view}")] for view in VIEWS])
    assert "example.org" not in everything


@postgresql_only
def test_the_documented_role_reads_the_views_and_nothing_else(app, outside):
    role = f"reports_{uuid.uuid4().hex[:12]}"
    script = re.sub(r"^--.*\n|^SELECT 'CREATE ROLE.*\\gexec\n", "", (ROOT / "docs/reporting.sql").read_text(), flags=re.M)
    outside.user("ana")
    outside.run(f"CREATE ROLE {role} NOLOGIN")
    try:
        outside.run(script.replace("chatapp_reports", role))
        with outside.engine.connect() as connection:
            connection.execute(sa.text(f"SET ROLE {role}"))
            assert all(connection.execute(sa.text(f"SELECT count(*) FROM {view}")).scalar_one() >= (view != "x") for view in VIEWS)
            connection.commit()
            names = sa.inspect(connection).get_table_names()
            assert set(names) >= {table.name for table in db.metadata.sorted_tables}
            for name in names:
                with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                    connection.execute(sa.text(f'SELECT 1 FROM "{name}"'))
                connection.rollback()
                connection.execute(sa.text(f"SET ROLE {role}"))
    finally:
        outside.run(f"DROP OWNED BY {role}")
        outside.run(f"DROP ROLE {role}")
