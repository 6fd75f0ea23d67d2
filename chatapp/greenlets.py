"""What greenlets change for the rest of the program. No other file imports gevent."""

import sys


def patched():
    """Return whether gevent has taken over this process: threads are greenlets, waiting for a socket lets others run."""
    monkey = sys.modules.get("gevent.monkey")  # imported by the gevent worker alone: other processes need not load gevent
    return monkey is not None and monkey.is_module_patched("socket")


def patch_drivers():
    """Let psycopg2 wait as a greenlet; its C code would hold up every client of the worker. Call before the first connection."""
    if patched():
        from psycopg2.extensions import set_wait_callback

        set_wait_callback(_wait)


def blocking(function, *arguments):
    """Return ``function(*arguments)``. Under gevent a native thread runs it, so that its waiting holds up nobody else."""
    if not patched():
        return function(*arguments)
    import gevent

    return gevent.get_hub().threadpool.apply(function, arguments)


def _wait(connection):
    from gevent.socket import wait_read, wait_write
    from psycopg2.extensions import POLL_OK, POLL_READ

    while (state := connection.poll()) != POLL_OK:
        (wait_read if state == POLL_READ else wait_write)(connection.fileno())
