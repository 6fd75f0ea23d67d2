"""What greenlets change for the rest of the program. No other file imports gevent or psycogreen."""

import sys


def patched():
    """Return whether gevent has taken over this process: threads are greenlets, waiting for a socket lets others run."""
    monkey = sys.modules.get("gevent.monkey")  # imported by the gevent worker alone: other processes need not load gevent
    return monkey is not None and monkey.is_module_patched("socket")


def patch_drivers():
    """Let psycopg2 wait as a greenlet; its C code would hold up every client of the worker. Call before the first connection."""
    if patched():
        from psycogreen.gevent import patch_psycopg

        patch_psycopg()


def blocking(function, *arguments):
    """Return ``function(*arguments)``. Under gevent a native thread runs it, so that its waiting holds up nobody else."""
    if not patched():
        return function(*arguments)
    import gevent

    return gevent.get_hub().threadpool.apply(function, arguments)
