"""An old cursor asked again tells the same again, as far as whoever answers has read."""

from array import array
from bisect import bisect_left, bisect_right
from typing import NamedTuple

from .chain import Gap
from .seen import CODE


class Retold(NamedTuple):
    """Two tellings that differ. They may, where the reader came into a conversation or left it meanwhile."""

    chain: object
    first: array
    second: array
    least: int
    most: int | None
    moved: set
    done: float
    line: int


def retell(walker, seen, findings, chain, line, at):
    """Compare an answer to an old cursor with what the chain was told from there on."""
    events, done = line["events"], line["done"]
    second = array("I", [_code(seen, findings, chain, event, done, at) for event in events])
    moved = _walk(findings, chain, events, done, at)
    place = bisect_left(chain.places, line["since"])
    if place == len(chain.places) or chain.places[place] != line["since"]:
        return  # of an earlier chain
    start = chain.counts[place]
    first = chain.codes[start:]
    moved |= {conversation for told, conversation in chain.moves if told >= start}
    reached = bisect_right(chain.places, line["until"]) - 1
    within = bisect_left(chain.places, line["until"])
    most = chain.counts[within] - start if within < len(chain.places) else None
    told = Retold(chain, first, second, chain.counts[reached] - start, most, moved, done, at)
    if not agree(told, seen.places, moved):
        walker.retold.append(told)


def agree(told, places, moved):
    """Tell whether two tellings are the same, leaving out conversations that the reader came into or left."""
    if not moved:
        return _same(told.first, told.second, told.least, told.most)
    kept = [places[code] is not None and places[code] not in moved for code in told.first]
    first = [code for code, keep in zip(told.first, kept, strict=True) if keep]
    second = [code for code in told.second if places[code] is not None and places[code] not in moved]
    most = None if told.most is None else sum(kept[: told.most])
    return _same(first, second, sum(kept[: told.least]), most)


def _same(first, second, least, most):
    both = min(len(first), len(second))
    return first[:both] == second[:both] and len(second) >= least and (most is None or len(second) <= most)


def _code(seen, findings, chain, event, done, at):
    kind, conversation, number, identity, text, sender = event
    if kind != "message.sent":
        if identity is not None:
            seen.change(chain.generation, event, done, at)
        return seen.code(event)
    row = seen.rows[chain.generation][conversation].get(number)
    if row is None:
        row = seen.new(chain.generation, conversation, number, identity, sender, done, at)
    seen.sent(row, conversation, number, identity, text, sender, done, at)
    return row[CODE]


def _walk(findings, chain, events, done, at):
    """Walk an answer by itself. Returns the conversations that the reader came into or left in it."""
    moved, outside, last = set(), set(), {}
    for kind, conversation, number, identity, _, subject in events:
        if kind == "group.joined":
            outside.discard(conversation)
            moved.add(conversation)
            last.pop(conversation, None)
        elif kind == "group.deleted" or (kind == "member.removed" and subject == chain.user):
            outside.add(conversation)
            moved.add(conversation)
        elif identity is not None:
            foreign = conversation.startswith("direct:") and not chain.in_direct(conversation)
            if conversation in outside or foreign:
                findings.add("entitlement", f"{chain.client} asked again and got {conversation} number {number} without being in it", at)
            if kind == "message.sent":
                _number(findings, chain, conversation, last.get(conversation, number - 1), number, done, at)
                last[conversation] = number
    return moved


def _number(findings, chain, conversation, last, number, done, at):
    if number > last + 1:
        chain.gaps.append(Gap(conversation, last + 1, number - 1, done, at, chain.removed.get(conversation, 0)))
    elif number <= last:
        what = "duplicate" if number == last else "reordered"
        findings.add(what, f"{chain.client} asked again and got {conversation} number {number} after {last}", at)

