"""From a commit in one worker to the answer of another one."""

import time
import uuid

from torture import world

from .load import percentile
from .rows import cursor_of
from .visitor import Visitor

MESSAGES = 200
PAUSE_SECONDS = 0.02


def measure(ground, given):
    """Let one person write through one server and another wait at a second one on the same database, and print how long each
    message took: from the request to being heard (more than the wake-up), and from the sender's answer (less)."""
    (here, there), people = ground.serve_several(lambda url, instance: world.build(url, instance, world.LEAST_PEOPLE), 2, WEB_CONCURRENCY="1")
    sender, listener = people.people[:2]
    group = next(iter(set(people.groups(sender)) & set(people.groups(listener))))
    writes, waits = Visitor(here.port, sender.token), Visitor(there.port, listener.token)
    for _ in range(given.rounds):
        whole, after = [], []
        cursor = cursor_of(there.port, listener)
        for number in range(MESSAGES):
            waits.ask("GET", f"/api/updates?since={cursor}&wait=10")
            time.sleep(PAUSE_SECONDS)
            asked = time.perf_counter()
            writes.ask("POST", f"/api/groups/{group}/messages", {"client_id": str(uuid.uuid4()), "content": f"message {number}"})
            stored, _ = writes.answer(201)
            heard, answer = waits.answer(200)
            if [event["data"]["message"]["content"] for event in answer["events"]] != [f"message {number}"]:
                raise RuntimeError(f"message {number} was not heard once: {answer}")
            cursor = answer["cursor"]
            whole.append(heard - asked)
            after.append(heard - stored)
        middle, slow, beside = (percentile(sorted(values), share) * 1000 for values, share in ((whole, 0.5), (whole, 0.99), (after, 0.99)))
        print(f"  asked to heard: p50 {middle:.1f} p99 {slow:.1f} ms; sender's answer to heard: p99 {beside:.1f} ms", flush=True)
    for one in (writes, waits):
        one.close()
