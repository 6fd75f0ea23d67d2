"""Once no fault happens any more everything reaches everybody, and in time (I14)."""

from bisect import bisect_left
from math import inf

from .chain import UNKNOWN
from .walker import LATE_SECONDS


def judge_late(late, stored, healed, findings):
    """What was acknowledged came at most LATE_SECONDS after it was, or after the last fault."""
    for chain, told, done, line in late:
        if chain.generation != stored.generation:
            continue
        for name, number in told:
            rows = stored.conversations.get(name)
            at = bisect_left(rows.numbers, number) if rows else 0
            if not rows or at == len(rows.numbers) or rows.acked[at] == inf:
                continue
            since = max(healed, rows.acked[at], chain.began, chain.hung)
            if done > since + LATE_SECONDS:
                findings.add("liveness", f"{chain.client} got {name} number {number} {done - since:.1f} s late", line)


def judge_standing(walker, stored, index, findings):
    """Every reader that began is at the end of the log when all is quiet."""
    for client, line in walker.clients.items():
        chain = walker.chains.get(client)
        if chain is None or chain.generation != stored.generation:
            findings.add("liveness", f"{client} has no state of the last generation when all is quiet", line)
        elif index.healed is not None and chain.polled < index.healed:
            findings.add("liveness", f"{client} was not answered after the last fault", line)
        else:
            _judge_tail(chain, stored, index, findings)
            _judge_groups(chain, stored, findings)


def _judge_tail(chain, stored, index, findings):
    quiet = inf if index.quiet is None else index.quiet
    for name, rows in stored.conversations.items():
        last = chain.last.get(name)
        if last is None and chain.in_direct(name):
            last = 0
        if last is None:
            continue
        start = bisect_left(rows.numbers, last + 1)
        for at in range(start, len(rows.numbers)):
            heard = last != UNKNOWN or rows.invoked[at] > chain.since[name]
            if heard and rows.acked[at] < quiet:
                findings.add("liveness", f"{chain.client} never got {name} number {rows.numbers[at]}", chain.line)
                break


def _judge_groups(chain, stored, findings):
    for name, people in stored.members.items():
        if name.startswith("group:") and (name in chain.last) != (chain.user in people):
            verb = "still is" if name in chain.last else "is not"
            findings.add("liveness", f"{chain.client} {verb} in {name} by its events, but not by the database", chain.line)


def judge_heard_changes(chains, stored, texts, index, findings):
    """Edits and deletions reach everybody too: by its events each reader has the texts that are stored."""
    quiet = inf if index.quiet is None else index.quiet
    for identity in index.changes:
        place = stored.by_id.get(identity)
        if place is None:
            continue
        name, row = place
        edits = [one for one in texts.changes(identity) if one.outcome == "ok" and one.done < quiet]
        for chain in chains:
            if name in chain.last and name not in chain.removed:
                _judge_heard(chain, name, row, texts, edits, findings)


def _judge_heard(chain, name, row, texts, acked, findings):
    heard = chain.changed.get(row[1], ())
    told = {text for kind, text, _ in heard}
    if heard and heard[-1][1] != row[4]:
        findings.add("lost", f"{chain.client} did not hear the last change of {name} number {row[0]}", heard[-1][2])
        return
    if not heard and row[4] != texts.sent(row) and row[0] >= chain.first[name] >= 0:
        findings.add("lost", f"{chain.client} got {name} number {row[0]} and never heard that it was changed", chain.line)
        return
    blank = sum(kind == "message.edited" and text is None for kind, text, _ in heard)
    for one in acked:
        if one.kind == "edit" and one.text in told:
            continue
        if _first(texts, row[1], one) > chain.since[name]:
            blank -= one.kind == "edit"
            if blank < 0 or (one.kind == "delete" and not any(kind == "message.deleted" for kind, _, _ in heard)):
                findings.add("lost", f"{chain.client} never heard of what line {one.line} acknowledges of {name} number {row[0]}", one.line)
                return


def _first(texts, identity, wanted):
    """Return when the same change was asked for first."""
    return min(one.invoked for one in texts.changes(identity, wanted.kind) if one.text == wanted.text)
