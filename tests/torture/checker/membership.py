"""When somebody was surely not in a group, from what clients asked for and what states told them."""

from bisect import bisect_left, bisect_right
from math import inf


class Membership:
    """Of one history."""

    def __init__(self, index):
        self._index = index
        self._found = {}

    def outside(self, generation, conversation, user):
        """Return [(from, until, line)]: times in which somebody was surely not in a group. ``line`` is what proves it."""
        key = (generation, conversation, user)
        if key not in self._found:
            self._found[key] = self._intervals(*key) if conversation.startswith("group:") else []
        return self._found[key]

    def leaves(self, generation, conversation, user, after, before):
        """Return how many goings there may have been that began before one moment and were not over at another."""
        tries = self._index.moves.get((generation, conversation, user), ())
        return sum(one.kind == "leave" and one.outcome != "fail" and one.invoked <= before and one.over >= after for one in tries)

    def moved(self, generation, user, before):
        """Return the groups that somebody may have come into or left up to a moment."""
        found = set()
        for (life, conversation, subject), tries in self._index.moves.items():
            if life == generation and subject == user and any(one.outcome != "fail" and one.invoked <= before for one in tries):
                found.add(conversation)
        return found

    def _intervals(self, generation, conversation, user):
        tries = self._index.moves.get((generation, conversation, user), ())
        joins = [one for one in tries if one.kind == "join" and one.outcome != "fail"]
        proofs = [(one.invoked, one.done, one.line) for one in tries if one.kind == "leave" and one.outcome == "ok"]
        states = self._index.states.get((generation, user), ())
        proofs += [(one.invoked, one.done, one.line) for one in states if conversation not in one.conversations]
        found = []
        for invoked, done, line in proofs:
            # A join that was not over when the proof began may have come after it.
            until = min((one.invoked for one in joins if one.over >= invoked), default=inf)
            if until > done:
                found.append((done, until, line))
        return found


def judge_received(received, stored_of, membership, findings):
    """Nobody was told of messages that were sent after they had left and that were there before they came back."""
    for chain, conversation, first, last in received:
        stored = stored_of.get(chain.generation)
        rows = stored.conversations.get(conversation) if stored else None
        for gone, back, line in membership.outside(chain.generation, conversation, chain.user) if rows else ():
            low = bisect_right(rows.tried_so_far, gone)
            high = bisect_left(rows.known_from_here, back) - 1
            if low <= high and first <= rows.numbers[high] and last >= rows.numbers[low]:
                numbers = max(first, rows.numbers[low]), min(last, rows.numbers[high])
                what = f"{chain.client} got {conversation} numbers {numbers[0]} to {numbers[1]}, sent while {chain.user} was not in it"
                findings.add("entitlement", what, line, chain.line)


def judge_gaps(gaps, stored_of, membership, findings):
    """Numbers that a chain passed over, unless the reader was being removed just then: rights may go before the news does."""
    for chain, gap in gaps:
        if gap.filled > gap.last - gap.first:
            continue  # they came later, which was noted
        if membership.leaves(chain.generation, gap.conversation, chain.user, chain.invoked, gap.done) > gap.removed:
            continue
        if gap.what == "reordered":
            findings.add("reordered", f"{chain.client} heard of a change of {gap.conversation} number {gap.first} before it was sent", gap.line)
            continue
        what = f"{chain.client} passed over {gap.conversation} numbers {gap.first} to {gap.last}"
        findings.add("gap", what, gap.line)
        rows = stored_of[chain.generation].conversations.get(gap.conversation) if chain.generation in stored_of else None
        if rows:
            low, high = bisect_left(rows.numbers, gap.first), bisect_right(rows.numbers, gap.last)
            if any(moment < inf for moment in rows.acked[low:high]):
                findings.add("lost", what + ", of which some were acknowledged", gap.line)
