"""ARCHITECTURE.md names every room of the house, and no room that is not there."""

import re
from pathlib import Path

from chatapp.config import DEFAULTS
from chatapp.updates.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]


def test_the_map_lists_every_module_and_no_ghost():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"`(chatapp/[\w/]+\.py)`", text))
    there = {str(path.relative_to(ROOT)) for path in (ROOT / "chatapp").rglob("*.py") if path.name != "__init__.py"}
    assert sorted(there - named) == []
    assert sorted(named - there - {str(path.relative_to(ROOT)) for path in (ROOT / "chatapp").rglob("__init__.py")}) == []


def test_every_promise_of_the_contract_names_its_tests():
    rows = re.findall(r"^\| (C\d) [^|]*\|[^|]*\|([^|]*)\|$", (ROOT / "ARCHITECTURE.md").read_text(), re.M)
    assert [name for name, _ in rows] == [f"C{number}" for number in range(1, 9)]
    for name, proofs in rows:
        paths = re.findall(r"`(tests/[\w/]+\.py)`", proofs)
        assert paths and [path for path in paths if not (ROOT / path).exists()] == [], name


def test_every_setting_is_in_the_readme():
    text = (ROOT / "README.md").read_text()
    tests_only = {"FEED", "PASSWORD_COST"}
    assert [name for name in DEFAULTS if name not in tests_only and f"`{name}`" not in text] == []


def test_every_kind_of_event_is_published_and_handled_and_documented():
    python = "".join(path.read_text() for path in (ROOT / "chatapp").rglob("*.py") if path.name != "kinds.py")
    scripts = "".join(path.read_text() for path in (ROOT / "chatapp/static/js").rglob("*.js"))
    documented = (ROOT / "ARCHITECTURE.md").read_text()
    for kind in KINDS:
        assert f'"{kind}"' in python, f"{kind} is never published"
        assert f'"{kind}"' in scripts or f"'{kind}'" in scripts, f"{kind} is not handled by the page"
        assert f"`{kind}`" in documented, f"{kind} is not in ARCHITECTURE.md"
