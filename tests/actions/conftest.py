"""Deeds are proved with a second worker that already follows the log, as workers do within moments of their start."""

import pytest


@pytest.fixture
def second_app(second_app):
    """Another worker process on the same database. What it remembers from now on is moved by events alone."""
    second_app.extensions["feed"].look()
    return second_app
