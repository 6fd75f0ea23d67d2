"""Small rooms: files and functions that one reads at a glance."""

import ast
import re
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]


def python_files():
    return sorted((ROOT / "chatapp").rglob("*.py"))


def lines(path):
    return path.read_text().count("\n")


def functions(path):
    """Yield (name, lines) of every function in a Python file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield f"{path.name}:{node.name}", node.end_lineno - node.lineno + 1


def test_python_files_are_mostly_under_100_lines_and_never_over_250():
    sizes = {path: lines(path) for path in python_files()}
    assert median(size for size in sizes.values() if size) <= 100
    assert {str(path): size for path, size in sizes.items() if size > 250} == {}


def test_functions_are_mostly_under_10_lines_and_never_over_40():
    sizes = dict(size for path in python_files() for size in functions(path))
    assert median(sizes.values()) <= 10
    assert {name: size for name, size in sizes.items() if size > 40} == {}


def test_scripts_styles_and_templates_are_small_too():
    limits = {"static/js/**/*.js": 200, "static/css/**/*.css": 250, "templates/**/*.html": 120}
    for pattern, most in limits.items():
        over = {str(path.relative_to(ROOT)): lines(path) for path in (ROOT / "chatapp").glob(pattern) if lines(path) > most}
        assert over == {}


def test_public_functions_say_what_they_mean():
    missing = []
    for path in python_files():
        for node in ast.parse(path.read_text()).body:
            if (
                isinstance(node, (ast.FunctionDef, ast.ClassDef))
                and not node.name.startswith("_")
                and path.name not in ("schemas.py", "replies.py")
                and not ast.get_docstring(node)
            ):
                missing.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert missing == []


def test_every_module_says_what_lives_in_it():
    assert [str(path) for path in python_files() if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_nothing_is_left_unfinished():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b")
    for path in [*python_files(), *sorted((ROOT / "chatapp/static").rglob("*.js")), *sorted((ROOT / "chatapp/static").rglob("*.css"))]:
        assert not marks.search(path.read_text()), path
