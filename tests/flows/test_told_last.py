"""What is told last is what is true: of two deeds that meet, whoever follows both ends where a fresh look would begin."""

import itertools

import pytest
from browsers import PASSWORD, Browser, at_once
from follower import follow
from races import race

OF_ONESELF = {
    "name": lambda cast: cast.ben.patch("/api/me", {"name": "Benedict"}),
    "status": lambda cast: cast.ben.put("/api/me/status", {"manual_status": "on a train"}),
    "server owner": lambda cast: cast.ana.patch(f"/api/groups/{cast.hall}/members/{cast.ben.id}", {"role": "owner"}),
}
WHILE_SOMEBODY_JOINS = {
    "a message": lambda cast: cast.ana.say("you are late", group=cast.den),
    "a name": lambda cast: cast.cleo.patch("/api/me", {"name": "Cleopatra"}),
    "the newcomer's name": lambda cast: cast.dan.patch("/api/me", {"name": "Daniel"}),
    "the group's name": lambda cast: cast.ana.patch(f"/api/groups/{cast.den}", {"name": "The den"}),
    "a role": lambda cast: cast.ana.patch(f"/api/groups/{cast.den}/members/{cast.cleo.id}", {"role": "owner"}),
    "a removal": lambda cast: cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.cleo.id}"),
}


def join(cast, newcomer):
    cast.ben.post(f"/api/groups/{cast.den}/members", {"user_id": newcomer.id})


def check_everybody(people, before):
    for person, state in zip(people, before, strict=True):
        followed, fresh = follow(person, state)
        assert followed == fresh


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(OF_ONESELF, 2)))
def test_what_one_hears_of_oneself_last_is_true(cast, monkeypatch, first, second):
    before = cast.ben.get("/api/state")
    race(monkeypatch, cast.app, lambda: OF_ONESELF[first](cast), lambda: OF_ONESELF[second](cast))
    check_everybody([cast.ben], [before])
    me = cast.ben.get("/api/me")["me"]
    told = {"name": me["name"] == "Benedict", "status": me["manual_status"] == "on a train", "server owner": me["is_server_owner"]}
    assert {one for one, true in told.items() if true} == {first, second}


@pytest.mark.parametrize("turn", ["the other meets the joining", "the joining meets the other"])
@pytest.mark.parametrize("other", WHILE_SOMEBODY_JOINS)
def test_a_newcomer_misses_nothing_that_happens_while_they_join(cast, monkeypatch, other, turn):
    cast.ana.say("before", group=cast.den)
    people = [cast.ana, cast.ben, cast.cleo, cast.dan]
    before = [one.get("/api/state") for one in people]
    deeds = [lambda: join(cast, cast.dan), lambda: WHILE_SOMEBODY_JOINS[other](cast)]
    race(monkeypatch, cast.app, *(deeds if turn.startswith("the other") else deeds[::-1]))
    check_everybody(people, before)
    dan = next(one for one in cast.dan.get("/api/state")["groups"] if one["id"] == cast.den)
    assert dan["last_number"] - dan["read_mark"] == (other == "a message" and turn.startswith("the other")), "whoever comes has read what was there"


def test_many_who_join_while_others_write_wait_for_each_other_and_never_in_a_circle(app, second_app, cast, size):
    """Every request is answered as always: a circle would end in 503."""
    newcomers = [cast.add(f"new{number}", f"New {number}") for number in range(size(8, 80))]
    before = [one.get("/api/state") for one in newcomers]
    invite = cast.ana.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600})["invite"]["id"]
    half = len(newcomers) // 2

    def write(person):
        for number in range(2 * len(newcomers)):
            person.say(f"line {number}", group=cast.den)

    def register():
        for number in range(half):
            form = {"invite": invite, "name": "Eve Lund", "username": f"eve{number}", "email": f"eve{number}@example.org", "password": PASSWORD}
            Browser(app).call("POST", "/api/users", form, 201)

    def rename():
        for number in range(len(newcomers)):
            cast.ben.patch("/api/me", {"name": f"Ben {number}"})

    failures = []

    def noted(work):
        def run():
            try:
                work()
            except BaseException as error:
                failures.append(error)

        return run

    work = [
        lambda: [join(cast, one) for one in newcomers[:half]],
        lambda: [one.at(second_app).post(f"/api/invites/{invite}/accept", status=200) for one in newcomers[half:]],
        lambda: write(cast.ana),
        lambda: write(cast.cleo.at(second_app)),
        register,
        rename,
    ]
    at_once(*map(noted, work))
    assert failures == []
    check_everybody(newcomers, before)
