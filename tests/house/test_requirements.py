"""What is installed is pinned, hashed and known by name."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GIVEN = {"flask", "flask-sqlalchemy", "flask-migrate", "flask-login", "psycopg2-binary", "apscheduler", "pytest"}
GROUPS = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
LISTS = {"requirements.txt": GROUPS["runtime"], "requirements-dev.txt": GROUPS["dev"]}
PIN = re.compile(r"([a-z0-9-]+)==([^ ;]+)")


def blocks(name):
    """Return the logical lines of a requirements file."""
    return (ROOT / name).read_text().replace("\\\n", " ").strip().splitlines()


def pins(name):
    """Return {package: version}."""
    return dict(PIN.match(block).groups() for block in blocks(name))


@pytest.mark.parametrize("name", LISTS)
def test_every_line_is_one_pinned_package_with_hashes(name):
    for block in blocks(name):
        assert re.fullmatch(PIN.pattern + r"( ; [^-]+?)?( +--hash=sha256:[0-9a-f]{64})+", block), block[:100]


@pytest.mark.parametrize("name", LISTS)
def test_the_list_holds_what_pyproject_names_at_the_version_it_names(name):
    for requirement in LISTS[name]:
        package, exact = re.match(r"([a-z0-9-]+)(?:==(.+))?", requirement).groups()
        assert package in pins(name)
        assert exact in (None, pins(name)[package])


def test_the_given_packages_are_named():
    assert {re.match(r"[a-z0-9-]+", requirement).group() for requirement in GROUPS["runtime"]} >= GIVEN


def test_both_lists_agree_on_the_packages_they_share():
    run, test = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: run[name] for name in run.keys() & test.keys()} == {name: test[name] for name in run.keys() & test.keys()}
