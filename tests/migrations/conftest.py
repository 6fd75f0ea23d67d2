"""What the tests of the tables share: somebody else's program on the test's database."""

import pytest
from outside import Outside


@pytest.fixture
def outside(database_url):
    """A program that knows only the given tables."""
    return Outside(database_url)
