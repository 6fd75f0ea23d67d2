"""How far a long command is: one line that changes on a terminal, elsewhere one line for each thing that begins."""

import sys
import time

import click

PAUSE_SECONDS = 0.1
UNITS = ("bytes", "kB", "MB", "GB", "TB")


class Progress:
    """Called with what is done, how much of it, and of how much (None where nobody knows). As a context it ends its line."""

    def __init__(self):
        self._terminal = sys.stderr.isatty()
        self._doing, self._shown, self._due = None, "", 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._end_line()

    def __call__(self, doing, done, total):
        now = time.monotonic()
        if doing != self._doing:
            self._end_line()
            self._doing, self._due = doing, now
            if not self._terminal:
                click.echo(f"{doing} ...", err=True)
        if self._terminal and (now >= self._due or done == total):
            self._show(f"{doing} ... {share(done, total)}")
            self._due = now + PAUSE_SECONDS

    def _show(self, text):
        click.echo("\r" + text.ljust(len(self._shown)), nl=False, err=True)
        self._shown = text

    def _end_line(self):
        if self._shown:
            click.echo(err=True)
        self._shown = ""


def share(done, total):
    """Return how far something is, as people read it: percent where the end is known, else bytes, and nothing for nothing."""
    if total:
        return f"{done * 100 // total} %"
    return readable(done) if done else ""


def readable(size):
    """Return a number of bytes as people read it."""
    for unit in UNITS:
        if size < 1000 or unit == UNITS[-1]:
            return f"{size:.1f} {unit}" if unit != "bytes" else f"{size} bytes"
        size /= 1000
    return ""
