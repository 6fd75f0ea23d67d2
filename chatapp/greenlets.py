"""What greenlets change for the rest of the program. No other file imports gevent."""

import select
import sys
import time

CONNECT_SECONDS = 3
SILENT_SECONDS = 20  # the database itself ends whatever takes 15 s, unless it hangs


def patched():
    """Return whether gevent has taken over this process: threads are greenlets, waiting for a socket lets others run."""
    monkey = sys.modules.get("gevent.monkey")  # imported by the gevent worker alone: other processes need not load gevent
    return monkey is not None and monkey.is_module_patched("socket")


def patch_drivers():
    """Let psycopg2 wait as a greenlet, where there are some; its C code would hold up every client of the worker. Call when the
    application is made, and before the first connection."""
    if patched():
        bound_waits()


def bound_waits():
    """Let psycopg2 wait for an answer only so long, in a process that serves people: a server that hangs neither answers nor
    refuses. Commands of the shell wait without end: an index of a large table takes its time, and COPY is not to be had so.

    Where the database is SQLite, psycopg2 is not there yet, and is not to be."""
    if "psycopg2" not in sys.modules:
        return
    from psycopg2.extensions import set_wait_callback

    set_wait_callback(_wait)


def blocking(function, *arguments):
    """Return ``function(*arguments)``. Under gevent a native thread runs it, so that its waiting holds up nobody else."""
    if not patched():
        return function(*arguments)
    import gevent

    return gevent.get_hub().threadpool.apply(function, arguments)


def accept_many(most):
    """Let a gunicorn worker with greenlets take up to so many new connections in one turn of its loop. Call before it listens.

    Gunicorn has a worker that is not alone take one a turn, so that the others get some too. In busy times a turn takes as long
    as all that is to be done in it, and whoever comes new would wait for as many turns as there are others before them.
    """
    from gunicorn.workers import ggevent

    class Server(ggevent.StreamServer):
        max_accept = property(lambda _: most, lambda *_: None)

    ggevent.StreamServer = Server


def _wait(connection):
    """Wait until psycopg2 has what it asked the server for. Raises OperationalError when nothing comes; the connection is then lost."""
    from psycopg2 import OperationalError
    from psycopg2.extensions import POLL_OK, POLL_READ, STATUS_BEGIN, STATUS_PREPARED, STATUS_READY

    connected = connection.status in (STATUS_READY, STATUS_BEGIN, STATUS_PREPARED)
    until = time.monotonic() + (SILENT_SECONDS if connected else CONNECT_SECONDS)
    while (state := connection.poll()) != POLL_OK:
        if not _ready(connection.fileno(), state == POLL_READ, until - time.monotonic()):
            raise OperationalError("the database server does not answer")


def _ready(descriptor, to_read, seconds):
    """Wait until a socket can be read from or written to; return whether it can within so many seconds."""
    if not patched():
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN if to_read else select.POLLOUT)
        return bool(waiting.poll(max(0, seconds) * 1000))
    from gevent.socket import wait_read, wait_write

    try:
        (wait_read if to_read else wait_write)(descriptor, timeout=max(0.001, seconds))
    except TimeoutError:
        return False
    return True
