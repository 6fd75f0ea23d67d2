"""Faults of the web server: its workers and its master are killed, stopped, replaced."""

import signal

from served import runs

from .faults_ground import freeze, send, until

STOP_SECONDS = (1, 6)


def kill_worker(ground):
    """Kill one worker; the master replaces it."""
    before = ground.server.workers()
    if not before:
        return {"did": False}
    pid = ground.random.choice(before)
    sent = send(pid, signal.SIGKILL)
    did = sent and until(lambda: not runs(pid), 5)
    return {"did": bool(did), "pid": pid, "back": _staffed(ground, len(before))}


def kill_server(ground):
    """Kill the master and all workers as a power cut would; start again."""
    before = ground.server.process.pid
    workers = ground.server.kill()
    did = not any(runs(pid) for pid in (before, *workers))
    ground.server.restart()
    return {"did": did, "pid": before, "workers": workers}


def restart_server(ground):
    """Ask the server to stop, wait for it, start again."""
    before, workers = ground.server.process.pid, ground.server.workers()
    seconds = ground.server.stop()
    did = not any(runs(pid) for pid in (before, *workers))
    ground.server.restart()
    return {"did": did, "pid": before, "workers": workers, "seconds": round(seconds, 3)}


def reload_server(ground):
    """Tell the master to replace all workers."""
    master, before = ground.server.process.pid, ground.server.workers()
    ground.server.reload()
    gone = until(lambda: not any(runs(pid) for pid in before))
    back = _staffed(ground, len(before))
    return {"did": bool(gone and back and before and ground.server.process.pid == master and runs(master)), "workers": before}


def stop_worker(ground):
    """Stop one worker for some seconds: its clients wait, its tail falls behind."""
    workers = ground.server.workers()
    if not workers:
        return {"did": False}
    pid, seconds = ground.random.choice(workers), ground.seconds(*STOP_SECONDS)
    return {"did": freeze(pid, seconds), "pid": pid, "seconds": seconds}


def _staffed(ground, count):
    """Wait until so many workers run. Returns whether they do."""
    return bool(until(lambda: len(ground.server.workers()) >= count))
