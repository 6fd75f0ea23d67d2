"""Faults: each is really injected and looks whether it was. ``inject(kind, ground)`` returns the fields of its line.

A fault ends when what it broke is there again (a new worker, an answering server); what clients feel may last longer.
"""

import time

import psycopg2

from . import faults_database as database
from . import faults_network as network
from . import faults_server as server
from .faults_ground import Ground

SERVER = (server.kill_worker, server.kill_server, server.restart_server, server.reload_server, server.stop_worker)
NETWORK = (network.cut_connections, network.answers)
SQLITE = (database.lock_sqlite,)
BACKENDS = (database.terminate_backends, database.stop_backend)
POSTMASTER = (database.kill_postgresql, database.stop_postmaster)
FAULTS = {fault.__name__: fault for fault in (*SERVER, *NETWORK, *SQLITE, *BACKENDS, *POSTMASTER)}

__all__ = ["FAULTS", "Ground", "inject", "kinds_for"]


def kinds_for(ground):
    """Return the kinds of faults that make sense on a ground."""
    own = SQLITE if ground.is_sqlite else BACKENDS + POSTMASTER * (ground.cluster is not None)
    return [fault.__name__ for fault in (*SERVER, *own, *NETWORK * bool(ground.proxies))]


def inject(kind, ground):
    """Inject one fault and wait for its end. Returns the fields of its line: kind, started, ended, did, and its own.

    ``did`` is False where there was nothing to break just then. Raises RuntimeError when what it broke does not come back.
    """
    started = time.monotonic()
    try:
        fields = FAULTS[kind](ground)
    except (OSError, psycopg2.Error) as error:  # another fault was faster
        fields = {"did": False, "error": repr(error)}
    return {"kind": kind, "started": started, "ended": time.monotonic(), **fields}
