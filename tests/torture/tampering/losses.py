"""What was there is missing: lost messages, gaps."""

from .common import acked_rows, chains, forget, of, pick, standing, steady, tampering, told, truth


@tampering("lost", "an acknowledged message is not stored")
def _(lines, random):
    name, row, _ = pick(random, acked_rows(lines))
    forget(lines, name, row)


@tampering("lost", "a final reading lacks a message")
def _(lines, random):
    line = pick(random, [line for line in of(lines, "final") if line["messages"]])
    line["messages"].pop(random.randrange(len(line["messages"])))


@tampering("lost", "a state is older than an acknowledgement")
def _(lines, random):
    found = []
    for line in of(lines, "state"):
        for send in of(lines, "send"):
            name, same = send["conversation"], send["generation"] == line["generation"]
            if same and steady(name) and send["done"] < line["invoked"] and line["conversations"].get(name) == send["number"]:
                found.append((line, name))
    line, name = pick(random, found)
    line["conversations"][name] -= 1


@tampering("lost", "a newest page is older than an acknowledgement")
def _(lines, random):
    acked = {(line["generation"], line["id"]): line["done"] for line in of(lines, "send")}
    pages = [line for line in of(lines, "read") if line["messages"] and line["before"] is None and line["after"] is None]
    late = [line for line in pages if acked.get((line["generation"], line["messages"][-1][1]), 1e9) < line["invoked"]]
    pick(random, late)["messages"].pop()


@tampering("lost", "a restored backup lacks what was acknowledged before it began")
def _(lines, random):
    restore = pick(random, of(lines, "fault"))
    early = {line["client_id"] for line in of(lines, "send") if line["done"] < restore["backup_started"] and line["generation"] == 0}
    rows = [(name, row) for name, rows in truth(lines)["rows"].items() for row in rows if row[2] in early]
    forget(lines, *pick(random, rows))


@tampering("lost", "a reader never hears of an edit")
def _(lines, random):
    chain = pick(random, [chain for chain in standing(lines) if told(chain, "message.edited")])
    poll, event = told(chain, "message.edited")[-1]
    poll["events"].remove(event)


@tampering("lost", "a chain passes over an acknowledged message")
def _(lines, random):
    _pass_over(lines, random)


@tampering("gap", "a chain passes over a message")
def _(lines, random):
    _pass_over(lines, random)


def _pass_over(lines, random):
    acked = {line["id"] for line in of(lines, "send")}
    found = []
    for chain in chains(lines):
        events = told(chain)
        for at, (poll, event) in enumerate(events):
            if event[3] in acked and any(later[1] == event[1] for _, later in events[at + 1 :]):
                found.append((poll, event))
    poll, event = pick(random, found)
    poll["events"].remove(event)


@tampering("gap", "numbers in the database have a hole")
def _(lines, random):
    name = pick(random, [name for name, rows in truth(lines)["rows"].items() if rows])
    truth(lines)["rows"][name][-1][0] += 1


@tampering("gap", "a page has a hole")
def _(lines, random):
    line = pick(random, [line for line in of(lines, "read") if len(line["messages"]) > 2])
    line["messages"].pop(1)
