"""Deeds that meet: whoever comes while others are at work leaves what they want, and the next one does it for all who wait, in
one transaction. The database is asked once for many, and the disk too."""

import threading
import time

from sqlalchemy.exc import IntegrityError

from ..errors import Unavailable

MOST = 64  # at once: what is done for so many holds up nobody for long
PAUSE_SECONDS = 0.005  # before somebody leads, in busy times: the more come meanwhile, the less each costs
LINE_SECONDS = 10
DEED_SECONDS = 30
AGAIN_SECONDS = 4  # whoever has waited longer hears what went wrong


class GivenUp(Unavailable):
    """What was tried together with others came to nothing, perhaps by no fault of this deed: by itself it may succeed."""


class Gathering:
    """Those of this process who want the same kind of deed. One of them leads: the first one in line."""

    def __init__(self):
        self._lock = threading.Lock()
        self._waiting = []
        self._led = False
        self._busy = False  # the last time somebody led, others were there

    def ask(self, do, wanted):
        """Return what ``do`` makes of ``wanted``, done together with what others want meanwhile.

        ``do(list)`` returns for each of a list what came out: a value, or an exception to raise. What it raises for many,
        GivenUp for one, and that somebody else was first, mean that it is done again, by itself. Raises what came out, and
        Unavailable when the line does not move.
        """
        one = _Wanted(wanted)
        if self._comes_to_lead(one):
            self._lead(do)
        if isinstance(one.came_out, GivenUp) and not one.is_late():
            (one.came_out,) = do([wanted])
        if isinstance(one.came_out, BaseException):
            raise one.came_out
        return one.came_out

    def _comes_to_lead(self, one):
        """Stand in line until something came out for one (False) or one is the first (True)."""
        with self._lock:
            self._waiting.append(one)
            if not self._led:
                self._led = one.leads = True
                return True
        try:
            if not one.called.wait(LINE_SECONDS) and not self._withdraw(one):
                one.called.wait(DEED_SECONDS)
        except BaseException:  # this one is ended; the others are not
            if not self._withdraw(one) and one.leads:
                self._pass_on([one])
            raise
        return one.leads

    def _withdraw(self, one):
        """Take somebody out of the line. Returns whether they still stood in it, and do not lead it."""
        with self._lock:
            if one.leads or one not in self._waiting:
                return False
            self._waiting.remove(one)
            return True

    def _lead(self, do):
        done = []
        try:
            if self._busy:
                time.sleep(PAUSE_SECONDS)
            with self._lock:
                done, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                self._busy = len(done) > 1
            for one, came_out in zip(done, do([one.wanted for one in done]), strict=True):
                one.came_out = came_out
        except Exception as error:
            self._fail(done, error)
        finally:
            self._pass_on(done)

    def _fail(self, done, error):
        for one in done:
            one.came_out = GivenUp() if len(done) > 1 or isinstance(error, IntegrityError) else error
        with self._lock:  # who has waited long while it failed does not wait all over again
            done += [one for one in self._waiting if one.is_late()]

    def _pass_on(self, done):
        """Let those go who are done, and the next one lead, if anybody waits."""
        with self._lock:
            self._waiting = [one for one in self._waiting if one not in done]
            self._led = bool(self._waiting)
            if self._led:
                self._waiting[0].leads = True
                self._waiting[0].called.set()
        for one in done:
            one.called.set()


class _Wanted:
    """What somebody wants, and what came of it."""

    def __init__(self, wanted):
        self.wanted, self._since = wanted, time.monotonic()
        self.came_out = Unavailable()
        self.leads, self.called = False, threading.Event()

    def is_late(self):
        """Tell whether they have waited so long that they should hear how it went so far."""
        return time.monotonic() - self._since > AGAIN_SECONDS
