"""What the tests of several JSON doors stand on."""

import pytest


@pytest.fixture
def news(cast):
    """A cursor of Ben's with news after it."""
    cursor = cast.ben.cursor()
    cast.ana.say("schön", group=cast.den)
    cast.app.extensions["feed"].look()
    return cursor
