"""What a long command shows of its progress."""

from types import SimpleNamespace

import pytest

from chatapp.cli import progress
from chatapp.cli.progress import Progress, readable, share


@pytest.fixture(params=[True, False], ids=["terminal", "log"])
def terminal(request, monkeypatch):
    """Whether somebody watches; the pause between two changes is none."""
    monkeypatch.setattr(progress, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=SimpleNamespace(isatty=lambda: request.param)))
    return request.param


def test_a_terminal_sees_one_line_change_and_a_log_gets_one_line_for_each_thing(terminal, capsys):
    with Progress() as tell:
        for done in (0, 50, 100):
            tell("Copying", done, 100)
        tell("Checking", 0, None)
    said = capsys.readouterr().err
    if terminal:
        assert said == "\rCopying ... 0 %\rCopying ... 50 %\rCopying ... 100 %\n\rChecking ... \n"
    else:
        assert said == "Copying ...\nChecking ...\n"


def test_progress_is_said_in_percent_where_the_end_is_known_and_else_in_bytes():
    assert [share(0, None), share(1, 3), share(999, None), share(41_600, None)] == ["", "33 %", "999 bytes", "41.6 kB"]
    assert [readable(0), readable(1_000_000), readable(3 * 10**15)] == ["0 bytes", "1.0 MB", "3000.0 TB"]
