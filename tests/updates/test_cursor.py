"""Cursors."""

import pytest

from chatapp.errors import BadCursor
from chatapp.updates.cursor import CursorSeal

SEAL = CursorSeal("k" * 64)


def test_a_cursor_opens_to_what_was_sealed_and_tells_nothing():
    for epoch, position in ((1, 0), (2**63 - 1, 2**62), (7, 123_456)):
        texts = {SEAL.seal(epoch, position) for _ in range(20)}
        assert len(texts) == 20
        assert {len(text) for text in texts} == {60}
        assert {SEAL.open(text) for text in texts} == {(epoch, position)}


@pytest.mark.parametrize("text", ["", "x", "A" * 60, "é" * 60, "\0" * 60, "A" * 1_000_000, "-1", "0", str(2**63), " " + "A" * 59])
def test_garbage_is_a_bad_cursor(text):
    with pytest.raises(BadCursor):
        SEAL.open(text)


def test_a_changed_or_foreign_cursor_is_a_bad_cursor():
    text = SEAL.seal(3, 4)
    for index in range(60):
        other = "B" if text[index] != "B" else "C"
        with pytest.raises(BadCursor):
            SEAL.open(text[:index] + other + text[index + 1 :])
    with pytest.raises(BadCursor):
        CursorSeal("another key, long enough to be one").open(text)
