"""Nobody can tell an invisible person from one who signed out, by anything that they receive."""

import contextlib
import os
import time

import pytest

from .leaks import LEAKS
from .life import differences, live, signs_out, turns_invisible
from .routes import DEEDS, ENDING, LOOKS
from .world import World, given_chance

FULL_SIZE = os.environ.get("CHATAPP_FULL_SIZE") == "1"
INSTANTS = 50
EVERY_WAY = 1_000


KINDS = ("sqlite", "postgresql")
# In the test command each leak is planted on one kind of database, by turns.
CASES = [(leak, kind) for number, leak in enumerate(LEAKS) for kind in (KINDS if FULL_SIZE else KINDS[number % 2 :][:1])]


@pytest.fixture
def lives(request, instance, monkeypatch):
    """A function that lives a life in a new world and returns its notes."""
    began = int(time.time())

    def lived(kind, turn, seed, instants=INSTANTS, looks=EVERY_WAY):
        with contextlib.ExitStack() as stack:
            folder = instance / str(len(list(instance.iterdir())))
            folder.mkdir()
            url = stack.enter_context(request.getfixturevalue(kind).fresh(folder))
            world = World(url, folder, *stack.enter_context(given_chance(monkeypatch, began)))
            stack.callback(world.close)
            return live(world, turn, seed, instants, looks)

    return lived


def test_every_route_has_its_row(app):
    known = {f"{method} {rule.rule}" for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}}
    rows = {*LOOKS, *DEEDS, *(route for _, route, _ in ENDING)}
    assert known == rows


@pytest.mark.parametrize("kind", KINDS)
def test_two_lives_of_one_kind_are_the_same_to_the_byte(lives, kind):
    """Else a difference would mean nothing."""
    one, other = (lives(kind, signs_out, seed=5, instants=3) for _ in range(2))
    assert differences(one, other) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.timeout(7_200 if FULL_SIZE else 300)
def test_nobody_can_tell_which_world_they_live_in(lives, kind, size, capsys):
    for seed in range(size(1, 20)):
        hidden, gone = (lives(kind, turn, seed, looks=size(8, 12)) for turn in (turns_invisible, signs_out))
        found = differences(hidden, gone)
        assert not found, found[:3]
        assert len({note[1] for note in hidden}) == 9
        with capsys.disabled():
            print(f"\n{kind}, trace {seed}: {len(hidden)} observations at {INSTANTS} instants, no difference", end="")


@pytest.mark.parametrize(("leak", "kind"), CASES)
def test_a_planted_leak_is_found(lives, monkeypatch, leak, kind):
    LEAKS[leak](monkeypatch)
    for seed in range(8):
        hidden, gone = (lives(kind, turn, seed, instants=6, looks=12) for turn in (turns_invisible, signs_out))
        if found := differences(hidden, gone):
            break
    assert found, "it was not noticed"
