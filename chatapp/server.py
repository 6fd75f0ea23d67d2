"""Settings of the web server: ``gunicorn -c python:chatapp.server wsgi:app``."""

import contextlib
import gc
import os
import resource
import socket
import threading
import time

from .config import server_settings

_given = server_settings()

bind = _given["bind"]
workers = _given["workers"]
worker_class = _given["worker_class"]
MOST_CONNECTIONS, DESCRIPTORS_BESIDE = 10_000, 500  # of a worker; and what it opens that is no client
threads = 1 if worker_class == "gevent" else 500  # a waiting poll holds a thread
keepalive = 75
timeout = 30
graceful_timeout = 5
preload_app = False  # threads and locks do not survive a fork
control_socket_disable = True
limit_request_line = 8190
limit_request_fields = 100

# What a proxy says of its client counts only for the application, by TRUSTED_PROXIES.
forwarded_allow_ips = ""
secure_scheme_headers = {}
forwarder_headers = ""

LOOK_SECONDS = 0.1
ACCEPT_MOST = 16  # at once: the other workers are to get some too
# Each waiting client is some fifty objects that live for long: Python's own pace would go through all of them again and again.
COLLECT_AFTER = (50_000, 20, 50)


def _connections():
    """Return how many a worker may have. Most systems let a process open few until it asks for more."""
    wanted = MOST_CONNECTIONS + DESCRIPTORS_BESIDE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    reached = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < reached:
        resource.setrlimit(resource.RLIMIT_NOFILE, (reached, hard))
    return reached - min(DESCRIPTORS_BESIDE, reached // 2)


worker_connections = _connections()


def post_worker_init(worker):
    """Start what runs beside the requests of a worker: the tail, the jobs, the watch for its end."""
    # Not at the top: what waits may be imported only after the worker has chosen between threads and greenlets.
    from .greenlets import accept_many, bound_waits, patched
    from .jobs import start_worker

    bound_waits()
    start_worker(worker.wsgi)
    if patched():
        from .blueprints.api import socket_door

        accept_many(ACCEPT_MOST)
        socket_door.install(worker, worker.wsgi)
    gc.collect()
    gc.freeze()  # what is there now stays
    gc.set_threshold(*COLLECT_AFTER)
    doors = {_door(listener.getsockname()) for listener in worker.sockets}  # asked here: a worker that stops at once closes them
    threading.Thread(target=_watch, args=(worker, doors), daemon=True, name="watch").start()


def worker_exit(_arbiter, worker):
    """Let a worker write what it only remembers before its process ends."""
    from .jobs import stop_worker

    app = getattr(worker, "wsgi", None)
    if hasattr(app, "extensions"):  # else it never got so far
        stop_worker(app)


def _watch(worker, doors):
    """When the worker is told to stop, end what would keep it: polls that wait, connections that idle."""
    admission = worker.wsgi.extensions["admission"]
    while worker.alive:
        begun = time.monotonic()
        time.sleep(LOOK_SECONDS)
        admission.noticed(time.monotonic() - begun - LOOK_SECONDS)
    worker.wsgi.extensions["feed"].release()
    _hang_up(doors)


def _hang_up(doors):
    """Let every connection of clients end with the answer that is under way, idle ones at once.

    Browsers keep connections open, and gunicorn would wait for them until the grace ends. It does not tell which there
    are; the operating system does.
    """
    for descriptor in os.listdir("/dev/fd"):
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(descriptor))) as connection:
            connection.getpeername()  # fails for what only listens: other workers still accept on that
            if _door(connection.getsockname()) in doors:
                connection.shutdown(socket.SHUT_RD)


def _door(address):
    """Return what a listener's address shares with those of its connections: the port, or the path of a Unix socket."""
    return address[1] if isinstance(address, tuple) else address
