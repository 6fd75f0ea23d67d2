"""An old cursor asked again tells the same again, as far as whoever answers has read."""

from array import array
from bisect import bisect_left, bisect_right
from typing import NamedTuple

from .chain import Gap
from .seen import CODE


class Retold(NamedTuple):
    """An answer to an old cursor that was the chain's ``place``-th: its events, where it ended."""

    place: int
    codes: array
    until: int
    moved: set
    done: float
    line: int


def retell(seen, findings, chain, line, at):
    """Take an answer to an old cursor. It is compared when the chain is over: the chain may not have come so far yet."""
    events, done = line["events"], line["done"]
    codes = array("I", [_code(seen, findings, chain, event, done, at) for event in events])
    moved = _walk(findings, chain, events, done, at)
    place = bisect_left(chain.places, line["since"])
    if place < len(chain.places) and chain.places[place] == line["since"]:  # else of an earlier chain
        chain.retold.append(Retold(place, codes, line["until"], moved, done, at))


def differing(chain, places, membership, findings):
    """Find the answers to old cursors that differ from what the chain was told from there on."""
    for told in chain.retold:
        start = chain.counts[told.place]
        reached = bisect_right(chain.places, told.until) - 1
        within = bisect_left(chain.places, told.until)
        most = chain.counts[within] - start if within < len(chain.places) else None
        first = chain.codes[start : None if most is None else start + most]
        least = max(chain.counts[reached] - start, 0)
        moved = told.moved | {place for at, place in chain.moves if start <= at < start + len(first)}
        if _agree(first, told.codes, least, most, moved, places):
            continue
        # Rights may go before the news of it, for either telling.
        more = moved | membership.moved(chain.generation, chain.user, max(told.done, chain.polled))
        if more == moved or not _agree(first, told.codes, least, most, more, places):
            findings.add("cursor", f"{chain.client} asked an old cursor again and was told otherwise", told.line)


def _agree(first, second, least, most, moved, places):
    """Tell whether two tellings are the same, leaving out conversations that the reader came into or left."""
    if moved:
        kept = [places[code] is not None and places[code] not in moved for code in first]
        first = [code for code, keep in zip(first, kept, strict=True) if keep]
        second = [code for code in second if places[code] is not None and places[code] not in moved]
        least, most = sum(kept[:least]), None if most is None else sum(kept[:most])
    both = min(len(first), len(second))
    return list(first[:both]) == list(second[:both]) and len(second) >= least and (most is None or len(second) <= most)


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
