"""Imports point down only, and each layer keeps to its own kind of work."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEVELS = {
    6: ("application", "chatapp", "server", "wsgi"),
    5: ("cli",),
    4: ("blueprints", "jobs", "demo"),
    3: ("actions", "backups", "identity"),
    2: ("access", "announcements", "history", "payloads", "presence", "sight", "signing_in", "snapshots", "throttling", "uniqueness", "updates"),
    1: ("assets", "database", "extensions", "models", "passwords"),
    0: ("admission", "clock", "config", "errors", "greenlets", "ids", "json_text", "ready", "rules"),
}
LEVEL = {unit: level for level, units in LEVELS.items() for unit in units}
# Words that may occur only in these files: one place for each.
ONLY_IN = {
    "os.environ": ("chatapp/config.py",),
    ".commit(": ("chatapp/actions/transaction.py", "chatapp/database/"),
    "datetime.now": ("chatapp/clock.py",),
    "utcnow": (),
    "import gevent": ("chatapp/greenlets.py",),
    "from gevent": ("chatapp/greenlets.py",),
    "psycogreen": ("chatapp/greenlets.py",),
    "create_all": (),
    "publish(": ("chatapp/actions/", "chatapp/announcements.py", "chatapp/presence/", "chatapp/signing_in.py", "chatapp/updates/publish.py"),
}
FRAMES = (".transaction.", ".proof.")  # what deeds run in
FORBIDDEN_OUTSIDERS = {0: ("flask", "sqlalchemy"), 1: ("flask.request",), 2: ("flask.request",), 3: ("werkzeug",)}


def modules():
    """Return every Python file of the program with its dotted name."""
    files = [ROOT / "wsgi.py", *sorted((ROOT / "chatapp").rglob("*.py"))]
    return {path: ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in files}


def imports(path, name):
    """Yield the dotted name of everything a module imports, relative ones resolved."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def unit(name):
    """Return the part of the house a module belongs to: the name below chatapp."""
    parts = name.split(".")
    return parts[1] if parts[0] == "chatapp" and len(parts) > 1 else parts[0]


def inner(target):
    return target.split(".")[0] == "chatapp"


@pytest.mark.parametrize(("path", "name"), modules().items(), ids=lambda value: str(value) if isinstance(value, str) else "")
def test_an_import_points_down_or_stays_in_its_part_of_the_house(path, name):
    for target in imports(path, name):
        if not inner(target) or unit(target) == unit(name):
            continue
        here, there = LEVEL[unit(name)], LEVEL.get(unit(target), 6)
        assert there <= here, f"{name} (level {here}) imports {target} (level {there})"


def test_parts_of_the_house_do_not_import_each_other_in_circles():
    arrows = {}
    for path, name in modules().items():
        arrows.setdefault(unit(name), set()).update(unit(one) for one in imports(path, name) if inner(one) and unit(one) != unit(name))
    for start in arrows:
        reached, edge = set(), set(arrows[start])
        while edge:
            reached |= edge
            edge = {further for one in edge for further in arrows.get(one, ())} - reached
        assert start not in reached, f"{start} reaches itself"


def test_doors_do_not_import_each_other():
    for path, name in modules().items():
        if LEVEL[unit(name)] == 4:
            others = {unit(one) for one in imports(path, name) if inner(one) and LEVEL.get(unit(one)) == 4} - {unit(name)}
            assert not others, f"{name} imports another door: {others}"


def test_deeds_do_not_import_each_other():
    for path, name in modules().items():
        if name.startswith("chatapp.actions."):
            deeds = {one for one in imports(path, name) if one.startswith("chatapp.actions.") and not any(frame in one for frame in FRAMES)}
            assert not deeds, f"{name} imports {deeds}"


def test_each_layer_leaves_out_what_belongs_to_others():
    for path, name in modules().items():
        for outsider in FORBIDDEN_OUTSIDERS.get(LEVEL[unit(name)], ()):
            for target in imports(path, name):
                assert target != outsider and not target.startswith(outsider + "."), f"{name} imports {target}"


@pytest.mark.parametrize("word", ONLY_IN)
def test_some_words_have_one_place(word):
    for path in modules():
        where = str(path.relative_to(ROOT))
        if word in path.read_text() and not where.startswith(ONLY_IN[word] or ("-",)):
            pytest.fail(f"{where} says {word!r}, which belongs in {ONLY_IN[word] or 'no file'}")


def test_only_api_js_calls_fetch():
    for path in sorted((ROOT / "chatapp/static/js").rglob("*.js")):
        if path.name != "api.js":
            assert " fetch(" not in path.read_text(), f"{path.name} calls fetch"
