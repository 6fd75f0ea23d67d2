"""Password hashes."""

import threading
import time

import pytest
from browsers import PASSWORD

from chatapp import passwords
from chatapp.errors import Unavailable


@pytest.fixture
def cheap(make_app):
    """An application context with cheap hashes. No test here needs a database; one kind of it is as good as the other."""
    with make_app().app_context() as context:
        yield context


@pytest.fixture
def database_url():
    """None is opened: these tests run once."""
    return "sqlite:////nowhere/chatapp.db"


def test_hashes_are_argon2id_with_owasps_parameters_and_a_salt_each(make_app):
    with make_app(PASSWORD_COST="normal").app_context():
        one, other = (passwords.hash_password(PASSWORD) for _ in range(2))
        assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert one != other and len(one) <= 255
        assert passwords.verify_password(one, PASSWORD)
        assert not passwords.verify_password(one, PASSWORD + "x")
        assert not passwords.needs_rehash(one)
        assert passwords.needs_rehash(passwords.CHEAP.hash(PASSWORD))


def test_an_account_that_does_not_exist_takes_the_time_of_one_that_does(cheap, monkeypatch):
    checked, in_turn = [], passwords._in_turn

    def noting(work, *given):
        checked.append((work.__name__, given[0].rpartition("$")[0].rpartition("$")[0]))
        return in_turn(work, *given)

    stored = passwords.hash_password(PASSWORD)
    passwords.verify_password(None, PASSWORD)  # the first one of a process makes the hash that stands for nobody's
    monkeypatch.setattr(passwords, "_in_turn", noting)
    assert passwords.verify_password(stored, PASSWORD)
    assert not passwords.verify_password(None, PASSWORD)
    assert not passwords.verify_password(None, "nobody has this password")
    assert checked == [("verify", "$argon2id$v=19$m=8,t=1,p=1")] * 3


@pytest.mark.parametrize("stored", ["", "none", "$argon2id$broken", "plain text"])
def test_what_is_no_hash_matches_nothing(cheap, stored):
    assert not passwords.verify_password(stored, stored)


def test_a_password_is_the_same_however_a_keyboard_composes_its_letters(cheap):
    stored = passwords.hash_password("café au lait ﬁn")
    for typed in ("cafe\u0301 au lait fin", "café au lait ﬁn"):
        assert passwords.verify_password(stored, typed)
    assert not passwords.verify_password(stored, "cafe au lait fin")


def test_so_many_hash_at_once_and_no_more(cheap):
    now, most, lock = [0], [0], threading.Lock()

    def work():
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.02)
        with lock:
            now[0] -= 1

    threads = [threading.Thread(target=passwords._in_turn, args=(work,)) for _ in range(8)]
    [one.start() for one in threads]
    [one.join() for one in threads]
    assert most == [passwords.AT_ONCE] and now == [0]


def test_who_would_wait_too_long_is_told_to_come_back(cheap, monkeypatch):
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0)
    monkeypatch.setattr(passwords, "_places", threading.Semaphore(0))
    with pytest.raises(Unavailable) as found:
        passwords.hash_password(PASSWORD)
    assert found.value.retry_after == 5
