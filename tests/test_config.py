"""What a server does when nobody tells it anything, and what it refuses to be told."""

import os
import subprocess
import sys

import pytest

from chatapp.config import ROOT, BadSetting, load, server_settings

MAKE = "import sys; from chatapp.config import load; print(load({'INSTANCE': sys.argv[1]})['SECRET_KEY'])"


def test_workers_that_start_at_once_agree_on_a_secret_that_only_the_owner_may_read(tmp_path):
    folder = tmp_path / "new" / "instance"
    command = [sys.executable, "-c", MAKE, str(folder)]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    made = {one.communicate(timeout=60)[0].strip() for one in running}
    assert [one.returncode for one in running] == [0] * 4
    assert len(made) == 1
    assert len(made.copy().pop()) == 64
    assert {load({"INSTANCE": str(folder)})["SECRET_KEY"]} == made  # after a restart too
    assert os.listdir(folder) == ["secret_key"]
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {load({"INSTANCE": str(tmp_path / "another")})["SECRET_KEY"]} != made


@pytest.mark.parametrize("key", ["changeme", "secret", "dev", "x" * 31, "a" * 64, "password" * 8])
def test_a_secret_that_can_be_guessed_is_refused(tmp_path, key):
    with pytest.raises(BadSetting):
        load({"INSTANCE": str(tmp_path), "SECRET_KEY": key})


def test_without_a_word_only_this_machine_reaches_the_server_and_no_proxy_is_believed(tmp_path, monkeypatch):
    monkeypatch.setenv("INSTANCE", str(tmp_path))
    assert server_settings()["bind"] == "127.0.0.1:8000"
    config = load()
    assert (config["TRUSTED_PROXIES"], config["PUBLIC_URL"], config["OPEN_REGISTRATION"]) == (0, None, "off")
    assert not config.get("DEBUG")


def test_what_a_proxy_says_counts_from_as_many_as_are_trusted_and_from_no_more(make_app):
    origin = {"Origin": "https://chat.example.org"}
    said = {"X-Forwarded-Host": "chat.example.org", "X-Forwarded-Proto": "https", **origin}
    forged = {"X-Forwarded-Host": "chat.example.org, inner.example.org", "X-Forwarded-Proto": "https, http", **origin}
    for hops, headers, status in ((0, said, 403), (1, said, 404), (1, forged, 403), (2, forged, 404), (2, said, 403)):
        client = make_app(TRUSTED_PROXIES=str(hops)).test_client()
        reply = client.post("/api/password_resets", json={"token": "x", "new_password": "x"}, headers=headers)
        assert reply.status_code == status, (hops, headers)


def test_a_folder_that_everybody_may_write_to_is_refused(tmp_path):
    tmp_path.chmod(0o777)
    with pytest.raises(BadSetting, match="chmod o-w"):
        load({"INSTANCE": str(tmp_path)})


def test_what_the_program_writes_is_for_its_own_account_and_plain_http_beyond_this_machine_is_warned_of(tmp_path):
    folder = tmp_path / "instance"
    command = [sys.executable, "-m", "flask", "prepare"]
    environment = {**os.environ, "INSTANCE": str(folder), "BIND": "0.0.0.0"}
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, umask=0o022)
    assert "unencrypted" in said.stderr
    assert {path.name: path.stat().st_mode & 0o077 for path in folder.rglob("*")}.keys() >= {"chatapp.db", "secret_key"}
    assert not any(path.stat().st_mode & 0o077 for path in folder.rglob("*"))
    for quiet in ({"BIND": "127.0.0.1"}, {"PUBLIC_URL": "https://chat.example.org"}):
        assert not subprocess.run(command, cwd=ROOT, env=environment | quiet, capture_output=True, text=True, check=True).stderr
