"""Names that an eye takes for each other."""

import pytest


@pytest.fixture
def shown(run_js):
    """A function that returns what people with these names are called on screen; usernames are u0, u1 …"""
    body = """
      const users = Object.fromEntries(argument.map((name, at) => [at, { id: at, name, username: `u${at}` }]))
      return argument.map((name, at) => m.shownName({ users }, users[at]))
    """
    return lambda *names: run_js("state/names.js", body, list(names))


@pytest.mark.parametrize(
    "twin",
    ["Ana Lima", "ana  lima", "Anа Lima", "Ana Límа", "Ana\u00a0Lima", "An\u200ba Lima", "Αna Lima"],
)
def test_whoever_could_be_taken_for_somebody_else_is_shown_with_the_username(shown, twin):
    assert shown("Ana Lima", "Ben Okoro", twin) == ["Ana Lima (@u0)", "Ben Okoro", f"{twin} (@u2)"]


def test_other_people_are_shown_by_their_names_alone(shown):
    names = ["Ana Lima", "Anna Lima", "Ana Limo", "Анна Лима", "李", "张"]
    assert shown(*names) == names


def test_a_capital_i_and_a_one_look_like_a_small_l(shown):
    assert shown("Paul Hill", "PauI HiIl", "Pau1 Hill") == ["Paul Hill (@u0)", "PauI HiIl (@u1)", "Pau1 Hill (@u2)"]
