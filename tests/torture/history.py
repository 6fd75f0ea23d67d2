"""A history: what every client did and what every fault did, one JSON object a line, in the order in which they ended.

Times are seconds of one monotonic clock. A *generation* is one life of the database's log: 0, then one more after each
restored backup. A *conversation* is ``group:ID`` or ``direct:ID:ID`` (the lower id first). A *hash* is text_hash() of a
message's text, or None where the text is gone (a tombstone; an earlier event of an edited or deleted message).
Positions are those of the log: the harness knows the secret key and opens the cursors that clients only pass on.

Every line of a client has ``f, client, user, generation, invoked, done, outcome, http, code``. ``outcome`` is "ok" (2xx),
"fail" (refused, so surely not done: a 4xx) or "info" (nobody knows: no answer, half an answer, a 5xx). A client does one
thing at a time in each of two roles, writer and reader; the reader's name ends in ``/r``. What ``f`` says, and what more
there is (the rest of an "ok" line in brackets):

    send      conversation, client_id, hash [id, number]     repeated with the same client_id until it is ok or fail
    edit      conversation, id, hash [number]                a text of one's own message replaced
    delete    conversation, id [number]
    join      conversation, subject                          subject (a user) comes into a group: by an invite, or added
    leave     conversation, subject                          subject leaves, or is removed by an owner (then user differs)
    state     [until, conversations: {conversation: last number}]      a fresh start: the reader's chain begins here
    poll      mode, since, [until, more, events]             mode: "short", "held" or "stream" (then one line per batch)
              again: true                                    an old cursor asked again; not part of the chain
    read      conversation, before, after [messages]         a page of history: [[number, id, hash], ...], oldest first
    final     conversation, [messages]                       after healing: the whole conversation as a fresh reader gets it
    replay    equal [difference]                             the reader's state + its polls against a state read anew

``events`` are ``[kind, conversation, number, id, hash, subject]`` in their order; what a kind does not have is None:
message.sent/.edited/.deleted have conversation, number, id, hash and the sender as subject; member.added, member.removed,
group.joined (subject: the reader's own user) have conversation and subject; group.deleted has conversation; others nothing.

A poll that answered 409 or 400 is a "fail" with code "resync" or "bad_cursor": the chain ends, a ``state`` follows.

Lines of the harness itself:

    run       seed, database, workers, planned: {fault kind: how many at least}
    fault     kind, started, ended, did (whether it was really injected), and what the kind needs.
              kind "restore": generation (the new one), backup_started, backup_ended (of the backup that was restored)
    healed    at                                             no fault after this moment
    quiet     at                                             every reader has polled until nothing came any more
    truth     generation, rows, members                      the database itself at the end of a generation:
              rows {conversation: [[number, id, client_id, sender, hash], ...]}, members {conversation: [user, ...]}
"""

import hashlib
import json
import threading
import time


def text_hash(content):
    """Return a short hash of a text; None for a text that is gone."""
    return hashlib.sha256(content.encode()).hexdigest()[:16] if content else None


def direct(user_id, other_user_id):
    """Return the name of the conversation of two people."""
    return "direct:{}:{}".format(*sorted((user_id, other_user_id)))


class Recorder:
    """Writes a history. One a process; threads share it."""

    def __init__(self, path):
        self._file = open(path, "w", encoding="utf-8")  # noqa: SIM115 - it lives as long as the run
        self._lock = threading.Lock()
        self.counts = {}

    def write(self, f, **rest):
        """Add one line."""
        line = json.dumps({"f": f, **rest}, separators=(",", ":"))
        with self._lock:
            self._file.write(line + "\n")
            key = (f, rest.get("outcome"))
            self.counts[key] = self.counts.get(key, 0) + 1

    def close(self):
        """End the history."""
        with self._lock:
            self._file.close()


def read(path):
    """Yield the lines of a history."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


now = time.monotonic
