"""./dev explains itself, also where something is missing."""

import ast
import importlib.machinery
import importlib.util
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEV = ROOT / "dev"


@pytest.fixture
def dev(tmp_path, monkeypatch):
    """The script as a module, with a .venv of its own that does not exist yet."""
    loader = importlib.machinery.SourceFileLoader("dev", str(DEV))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("dev", loader))
    loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(module, "PYTHON", str(tmp_path / ".venv/bin/python"))
    monkeypatch.setattr(module.sys, "executable", "")
    return module


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A PATH that holds only what the test puts there."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def put(name, script):
        (folder / name).write_text("#!/bin/sh\n" + script)
        (folder / name).chmod(0o755)

    return put


def command(*arguments, **environment):
    return subprocess.run([sys.executable, DEV, *arguments], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", **environment})


def test_alone_it_prints_its_menu():
    done = command()
    assert done.returncode == 0
    for name in ("run", "test", "prove", "check", "flask"):
        assert f"\n  {name} " in done.stdout


def test_an_unknown_command_fails_with_the_menu():
    done = command("serve")
    assert done.returncode == 1
    assert "no command 'serve'" in done.stderr
    assert "./dev COMMAND" in done.stderr


def test_an_unknown_proof_fails_and_a_missing_name_lists_them():
    assert command("prove", "nothing-of-the-kind").returncode == 2
    assert command("prove").returncode == 0


def test_old_pythons_can_read_it():
    tree = ast.parse(DEV.read_text(), feature_version=(3, 4))
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign))]
    outsiders = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names} - sys.stdlib_module_names
    assert not outsiders


def test_a_taken_port_is_named_before_anything_is_set_up():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = command("run", PORT=port)
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {port}" in done.stderr
    assert "PORT=8001 ./dev run" in done.stderr


@pytest.mark.parametrize("port", ["70000", "eight"])
def test_a_port_that_is_none_is_refused_in_words(port):
    assert f"port {port}" in command("run", PORT=port).stderr


def test_only_old_pythons_are_not_enough(dev, programs):
    programs("python3", "exit 1\n")
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer"):
        dev.environment(dev.RUN)


def test_a_python_without_venv_says_what_to_install(dev, programs, monkeypatch):
    programs("python3.12", 'case "$2" in *ensurepip*) exit 1;; *print*) echo 3.12;; esac\n')
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match=r"sudo apt install python3\.12-venv"):
        dev.environment(dev.RUN)


def test_uv_is_taken_first_when_it_is_there(dev, programs, monkeypatch):
    programs("uv", "")
    asked = []
    monkeypatch.setattr(dev, "must", asked.append)
    (Path(dev.VENV)).mkdir()
    dev.environment(dev.RUN)
    assert [line[:2] for line in asked] == [["uv", "venv"], ["uv", "pip"]]
    assert "--require-hashes" in asked[-1]


def test_an_environment_that_matches_its_stamp_is_left_alone(dev, programs, monkeypatch):
    programs("uv", "")
    monkeypatch.setattr(dev, "must", lambda line: None)
    (Path(dev.VENV, "bin")).mkdir(parents=True)
    Path(dev.PYTHON).touch()
    dev.environment(dev.RUN)
    monkeypatch.setattr(dev, "must", lambda line: pytest.fail("set up twice"))
    dev.environment(dev.RUN)


def test_changed_requirements_are_installed(dev, programs, monkeypatch, tmp_path):
    (Path(dev.VENV, "bin")).mkdir(parents=True)
    Path(dev.PYTHON).touch()
    programs("uv", "")
    asked = []
    monkeypatch.setattr(dev, "must", asked.append)
    wanted = tmp_path / "requirements.txt"
    monkeypatch.chdir(tmp_path)
    for content in ("a", "b"):
        wanted.write_text(content)
        dev.environment(["requirements.txt"])
    assert len(asked) == 2
