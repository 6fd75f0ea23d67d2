"""Settings: what they mean, and what the program refuses to start with."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from browsers import at_once

from chatapp import config
from chatapp.config import BadSetting, load

ROOT = Path(__file__).resolve().parents[1]
KEY = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def own_environment(monkeypatch, instance):
    """Only the instance folder is set."""
    for name in config.DEFAULTS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INSTANCE", str(instance))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://localhost/chat"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite://chat.db"),
        ("DATABASE_URL", "chat.db"),
        ("DATABASE_URL_DIRECT", "mysql://localhost/chat"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", KEY[:31]),
        ("SECRET_KEY", "x" * 64),
        ("PUBLIC_URL", "chat.example.org"),
        ("PUBLIC_URL", "ftp://chat.example.org"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://chat.example.org/chat"),
        ("PUBLIC_URL", "https://chat.example.org?x"),
        ("PUBLIC_URL", "https://ana@chat.example.org"),
        ("PUBLIC_URL", "https://chat.example.org:port"),
        ("PUBLIC_URL", "https://[::1"),
        ("TRUSTED_PROXIES", "x"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "1.5"),
        ("TRUSTED_PROXIES", "17"),
        ("WEB_CONCURRENCY", "abc"),
        ("WEB_CONCURRENCY", "0"),
        ("PORT", "http"),
        ("PORT", "65536"),
        ("PORT", "٨٠"),
        ("SCHEDULER", "no"),
        ("OPEN_REGISTRATION", "yes"),
        ("WORKER_CLASS", "sync"),
        ("FEED", "x"),
        ("PASSWORD_COST", "cheap"),
    ],
)
def test_a_bad_value_is_refused_by_the_settings_name(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSetting) as refused:
        load()
    assert str(refused.value).startswith(name.removesuffix("_DIRECT"))
    assert KEY[:31] not in str(refused.value)


def test_what_may_be_a_password_is_not_told(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "chat:s3cret@host/chat")
    with pytest.raises(BadSetting) as refused:
        load()
    assert "s3cret" not in str(refused.value)


def test_without_settings_everything_has_a_meaning(monkeypatch, instance):
    monkeypatch.setenv("PORT", "")  # set to nothing, as some hosts do, is not set
    found = load()
    assert found["DATABASE_URL"] == found["DATABASE_URL_DIRECT"] == found["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{instance}/chatapp.db"
    assert (found["BIND"], found["PORT"], found["WEB_CONCURRENCY"], found["TRUSTED_PROXIES"]) == ("127.0.0.1", 8000, 2, 0)
    assert (found["PUBLIC_URL"], found["SCHEDULER"], found["OPEN_REGISTRATION"]) == (None, "on", "off")
    assert config.server_settings() == {"bind": "127.0.0.1:8000", "workers": 2, "worker_class": "gevent"}


def test_settings_come_from_the_environment_and_a_callers_own_go_before(monkeypatch):
    monkeypatch.setenv("PORT", " 9000")
    monkeypatch.setenv("SCHEDULER", "OFF")
    assert (load()["PORT"], load()["SCHEDULER"]) == (9000, "off")
    assert load({"PORT": "9001", "SCHEDULER": "on"})["PORT"] == 9001
    monkeypatch.setenv("BIND", "0.0.0.0")
    assert config.server_settings()["bind"] == "0.0.0.0:9000"
    monkeypatch.setenv("BIND", "unix:/run/chat.sock")
    assert config.server_settings()["bind"] == "unix:/run/chat.sock"


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ("postgres://u:p@h:5433/d?sslmode=require", "postgresql+psycopg2://u:p@h:5433/d?sslmode=require"),
        ("postgresql://u:p%40@h/d", "postgresql+psycopg2://u:p%40@h/d"),
        ("postgresql+psycopg2:///d?host=/run/postgresql", "postgresql+psycopg2:///d?host=/run/postgresql"),
        ("sqlite:////var/lib/chat.db", "sqlite:////var/lib/chat.db"),
        ("sqlite:///data/chat.db", "sqlite:///{instance}/data/chat.db"),
        ("", "sqlite:///{instance}/chatapp.db"),
        (None, "sqlite:///{instance}/chatapp.db"),
    ],
)
def test_what_a_database_url_means(instance, given, means):
    assert config.database_url(given, instance) == means.format(instance=instance)


def test_a_pooler_can_be_gone_round(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://pooler/d")
    assert load()["DATABASE_URL_DIRECT"] == "postgresql+psycopg2://pooler/d"
    monkeypatch.setenv("DATABASE_URL_DIRECT", "postgres://direct/d")
    assert (load()["DATABASE_URL"], load()["DATABASE_URL_DIRECT"]) == ("postgresql+psycopg2://pooler/d", "postgresql+psycopg2://direct/d")


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ("https://chat.example.org/", "https://chat.example.org"),
        ("https://Chat.Example.ORG:443", "https://chat.example.org"),
        ("http://10.0.0.5:8000", "http://10.0.0.5:8000"),
        ("http://[fd00::5]:80/", "http://[fd00::5]"),
        (" https://chat.example.org:8443 ", "https://chat.example.org:8443"),
        ("", None),
    ],
)
def test_a_public_url_is_kept_as_browsers_write_it(given, means):
    assert config.public_url(given) == means


def test_a_secret_key_is_made_once_and_only_its_owner_reads_it(instance):
    made = load()["SECRET_KEY"]
    assert len(made) == 64 and load()["SECRET_KEY"] == made
    assert stat.S_IMODE((instance / "secret_key").stat().st_mode) == 0o600
    assert [one.name for one in instance.iterdir()] == ["secret_key"]


def test_a_configured_key_needs_no_file(monkeypatch, instance):
    monkeypatch.setenv("SECRET_KEY", KEY)
    assert load()["SECRET_KEY"] == KEY and list(instance.iterdir()) == []


def test_workers_that_start_at_once_agree_on_one_key(instance):
    for _ in range(20):
        keys = at_once(*[lambda: config.secret_key(None, instance)] * 8)
        assert len(set(keys)) == 1 and (instance / "secret_key").read_text() == keys[0]
        (instance / "secret_key").unlink()
        assert list(instance.iterdir()) == []


@pytest.mark.parametrize("content", ["", "\n", "x" * 64, "0123456789"])
def test_a_damaged_key_is_not_used(instance, content):
    (instance / "secret_key").write_text(content)
    with pytest.raises(BadSetting, match="damaged"):
        load()


def test_a_new_instance_folder_is_private(monkeypatch, instance):
    monkeypatch.setenv("INSTANCE", str(instance / "deep" / "er"))
    load()
    assert stat.S_IMODE((instance / "deep" / "er").stat().st_mode) == 0o700


@pytest.mark.parametrize("bad", ["SECRET_KEY=short", "WEB_CONCURRENCY=abc", "TRUSTED_PROXIES=x", "DATABASE_URL=mysql://x"])
def test_a_command_ends_with_one_clear_sentence_about_a_bad_setting(monkeypatch, bad):
    name, _, value = bad.partition("=")
    monkeypatch.setenv(name, value)
    ended = subprocess.run([sys.executable, "-m", "flask", "prepare"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0 and ended.stdout == ""
    assert ended.stderr.startswith(f"chatapp: {name}") and ended.stderr.count("\n") == 1


@pytest.mark.parametrize("settings", [["-c", "python:chatapp.server"], ["--bind", "127.0.0.1:0", "--no-control-socket"]])
def test_a_server_that_cannot_start_says_why_and_ends(monkeypatch, settings):
    monkeypatch.setenv("TRUSTED_PROXIES", "x")
    ended = subprocess.run([sys.executable, "-m", "gunicorn", *settings, "wsgi:app"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0
    assert "TRUSTED_PROXIES must be a whole number from 0 to 16, not 'x'." in ended.stderr and "Traceback" not in ended.stderr
