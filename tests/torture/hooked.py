"""The product as a web server serves it, with hooks of the torture run: ``gunicorn -c python:chatapp.server torture.hooked:app``.

The product knows nothing of this: each hook puts itself around a function of the product, in the worker, before the
application is made. The environment says which:

    HOOK_LOG            file that gets a JSON line for each time a hook did something: kind, at (monotonic), pid
    HOOK_CALM           while a file of this name is there, no hook does anything; default: HOOK_LOG + ".calm"
    HOOK_COMMIT_DELAY   seconds: up to so long a deed waits just before or after it has its positions, before its commit
    HOOK_COMMIT_SHARE   the share of deeds that wait, default 0.2
    HOOK_CLOCK_STEPS    hours: the wall clock jumps by up to so many, forward and back, in each worker for itself
    HOOK_CLOCK_SECONDS  how often, default 3
    HOOK_TAIL_LAG       seconds: up to so long the tail of one worker waits before a look
    HOOK_TAIL_SHARE     the share of looks that wait, default 0.3
    HOOK_DIE_AT         where a worker kills itself and how often: "after_insert:0.001,after_commit:0.001,held_poll:0.0005"
    HOOK_DIE_AFTER      a worker lives at least so many seconds, default 2
    PLANT               the name of a planted bug (see plants.py)
"""

import os

from torture import hooks

if os.environ.get("PLANT"):
    from torture import plants

    plants.install(os.environ["PLANT"])
hooks.install(os.environ)

from wsgi import app  # noqa: E402 - what is hooked must be so before the application is made

__all__ = ["app"]
