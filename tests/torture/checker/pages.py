"""What is read at once: states, pages of history, whole conversations. All of it comes from one snapshot of the database:
what was known before the question is in the answer."""

from bisect import bisect_left
from math import inf


def newest_known(rows, moment):
    """Return the newest number that was surely there before a moment, or 0."""
    at = bisect_left(rows.known_from_here, moment) - 1
    return rows.numbers[at] if at >= 0 else 0


def judge_numbers(line, at, findings):
    """A page's numbers rise by exactly one, up to ``before`` or from ``after`` on."""
    numbers = [row[0] for row in line["messages"]]
    name = f"a page of {line['conversation']}"
    for one, two in zip(numbers, numbers[1:], strict=False):
        if two != one + 1:
            what = "gap" if two > one else "duplicate" if two == one else "reordered"
            findings.add(what, f"{name} goes from number {one} to {two}", at)
    if not numbers:
        return
    before, after = line.get("before"), line.get("after")
    if before is not None and numbers[-1] != before - 1:
        findings.add("gap", f"{name} before number {before} ends with {numbers[-1]}", at)
    if after is not None and numbers[0] != after + 1:
        findings.add("gap", f"{name} after number {after} begins with {numbers[0]}", at)
    if line["f"] == "final" and numbers[0] != 1:
        findings.add("gap", f"{name}, which was to be whole, begins with number {numbers[0]}", at)


def judge_page(page, stored, membership, findings):
    """A page shows what was there before it was asked for, and only to people of the conversation."""
    if page.outcome != "ok":
        return
    name = page.conversation
    if name.startswith("direct:"):
        allowed = page.user in name.split(":")[1:]
    else:
        allowed = not any(gone < page.invoked and page.done < back for gone, back, _ in membership.outside(page.generation, name, page.user))
    if not allowed:
        findings.add("entitlement", f"{page.user} read {name} without being in it", page.line)
    rows = stored.conversations.get(name) if stored else None
    if rows is None:
        return
    newest = newest_known(rows, page.invoked)
    if page.before is not None:
        newest = min(newest, page.before - 1)
    empty, short = page.last is None, page.last is not None and page.after is None and page.last < newest
    if short or (empty and newest > (page.after or 0)):
        findings.add("lost", f"a page of {name} read by {page.user} does not show number {newest}, which was there", page.line)


def judge_state(state, stored, membership, findings):
    """A state counts what was there before it was asked for, and nothing that nobody had sent."""
    for name, rows in stored.conversations.items():
        told = state.conversations.get(name)
        newest = newest_known(rows, state.invoked)
        if told is None:
            if name.startswith("direct:") and state.user in name.split(":")[1:] and newest:
                findings.add("lost", f"a state of {state.user} lacks {name}, which had begun", state.line)
        elif told < newest:
            findings.add("lost", f"a state of {state.user} says {told} for {name}, where number {newest} was there", state.line)
        elif told and (told > len(rows.numbers) or rows.invoked[told - 1] > state.done):
            findings.add("phantom", f"a state of {state.user} says {told} for {name}, which nobody had sent", state.line)
    for name in state.conversations:
        direct = name.startswith("direct:")
        if direct and state.user not in name.split(":")[1:]:
            findings.add("entitlement", f"a state of {state.user} lists {name}", state.line)
        elif any(gone < state.invoked and state.done < back for gone, back, _ in membership.outside(state.generation, name, state.user)):
            findings.add("entitlement", f"a state of {state.user} lists {name}, which they had left", state.line)


def judge_final(page, rows, stored, findings):
    """After all is over a whole conversation is what is stored of it, for everybody in it and nobody else."""
    name = page.conversation
    people = set(name.split(":")[1:]) if name.startswith("direct:") else stored.members.get(name, ())
    if page.user not in people:
        if rows:
            findings.add("entitlement", f"{page.user} read all of {name} without being in it", page.line)
        return
    if page.outcome == "fail":
        findings.add("lost", f"{page.user} was refused {name}, which they are in", page.line)
    if rows is None:
        return
    shown = {row[0] for row in rows}
    conversation = stored.conversations.get(name)
    for at, number in enumerate(conversation.numbers if conversation else ()):
        if number not in shown and conversation.known[at] < page.invoked:
            what = "lost" if conversation.acked[at] < inf else "uncertain"
            findings.add(what, f"{page.user}'s final reading of {name} lacks number {number}", page.line)
