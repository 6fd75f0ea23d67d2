"""Settings of the web server: ``gunicorn -c python:chatapp.server wsgi:app``."""

import threading
import time

from .config import server_settings

_given = server_settings()

bind = _given["bind"]
workers = _given["workers"]
worker_class = {"gevent": "chatapp.gevent_worker.Worker"}.get(_given["worker_class"], _given["worker_class"])
worker_connections = 10_000
threads = 1 if _given["worker_class"] == "gevent" else 500  # a waiting poll holds a thread
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


def post_worker_init(worker):
    """Start what runs beside the requests of a worker: the tail, the jobs, the watch for its end."""
    # Not at the top: what waits may be imported only after the worker has chosen between threads and greenlets.
    from .jobs import scheduler
    from .updates import tail

    tail.start(worker.wsgi.extensions["feed"])
    scheduler.start(worker.wsgi)
    threading.Thread(target=_watch, args=(worker,), daemon=True, name="watch").start()


def _watch(worker):
    """When the worker is told to stop, end what would keep it: polls that wait, connections that idle."""
    while worker.alive:
        time.sleep(LOOK_SECONDS)
    worker.wsgi.extensions["feed"].release()
    if hasattr(worker, "hang_up"):
        worker.hang_up()
