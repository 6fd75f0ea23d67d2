"""What is there is wrong: order, ids, texts, acknowledgements."""

from collections import defaultdict

from .common import TAMPERINGS, acked_rows, chains, forget, last_generation, of, pick, tampering, told, truth


@tampering("reordered", "two messages of a chain are exchanged")
def _(lines, random):
    found = []
    for chain in chains(lines):
        events = told(chain)
        found += [(one, two) for one in events for two in events if one[1][1] == two[1][1] and one[1][2] + 1 == two[1][2]]
    (one, first), (two, second) = pick(random, found)
    one_at, two_at = one["events"].index(first), two["events"].index(second)
    one["events"][one_at], two["events"][two_at] = second, first


@tampering("reordered", "a page goes backwards")
def _(lines, random):
    pick(random, [line for line in of(lines, "read") if len(line["messages"]) > 1])["messages"].reverse()


@tampering("reordered", "an edit comes before its message")
def _(lines, random):
    found = []
    for chain in chains(lines):
        sent = {event[3]: poll for poll, event in told(chain)}
        found += [(sent[event[3]], poll, event) for poll, event in told(chain, "message.edited") if event[3] in sent]
    first, poll, event = pick(random, found)
    poll["events"].remove(event)
    first["events"].insert(0, event)


def _another(at, value):
    def change(lines, random):
        poll, event = pick(random, [one for chain in chains(lines) for one in told(chain) if one[1][at] is not None])
        poll["events"][poll["events"].index(event)] = [*event[:at], value, *event[at + 1 :]]

    return change


TAMPERINGS["one reader gets another message under a number"] = ("diverged", _another(3, "another"))
TAMPERINGS["one reader gets another text"] = ("diverged", _another(4, "another"))
TAMPERINGS["one reader gets another sender"] = ("diverged", _another(5, "another"))


@tampering("diverged", "a page shows another text")
def _(lines, random):
    pick(random, [line for line in of(lines, "read") + of(lines, "final") if line["messages"]])["messages"][0][2] = "another"


@tampering("diverged", "a text is gone that nobody took away")
def _(lines, random):
    changed = {line["id"] for line in lines if line["f"] in ("edit", "delete")}
    poll, event = pick(random, [one for chain in chains(lines) for one in told(chain) if one[1][3] not in changed])
    event[4] = None


@tampering("ack", "an acknowledged number is another than the stored one")
def _(lines, random):
    pick(random, last_generation(lines, "send"))["number"] += 1


@tampering("ack", "an acknowledged id is another than the stored one")
def _(lines, random):
    pick(random, last_generation(lines, "send"))["id"] = "another"


def _changed(lines, random, f):
    """Return (conversation, row, hash it was sent with) of a message that was changed once."""
    changes = defaultdict(list)
    for line in lines:
        if line["f"] in ("edit", "delete"):
            changes[line["id"]].append((line["f"], line["outcome"], line["generation"], line["done"]))
    last = truth(lines)["generation"]
    texts = {line["client_id"]: line["hash"] for line in lines if line["f"] == "send"}
    once = [(name, row) for name, rows in truth(lines)["rows"].items() for row in rows if [one[:3] for one in changes[row[1]]] == [(f, "ok", last)]]
    name, row = pick(random, once)
    return name, row, texts[row[2]], changes[row[1]][0][3]


@tampering("ack", "an acknowledged edit is not stored")
def _(lines, random):
    _, row, text, _ = _changed(lines, random, "edit")
    row[4] = text


@tampering("ack", "an acknowledged deletion is not stored")
def _(lines, random):
    _, row, text, _ = _changed(lines, random, "delete")
    row[4] = text


@tampering("ack", "a page shows a text from before an acknowledged edit")
def _(lines, random):
    name, row, text, done = _changed(lines, random, "edit")
    pages = [
        line for line in last_generation(lines, "read") + last_generation(lines, "final") if line["conversation"] == name and line["invoked"] > done
    ]
    page = pick(random, [line for line in pages if any(one[1] == row[1] for one in line["messages"])])
    next(one for one in page["messages"] if one[1] == row[1])[2] = text


@tampering("real time", "a message has a higher number than one sent after it")
def _(lines, random):
    acked = acked_rows(lines)
    pairs = [(one, two) for one in acked for two in acked if one[0] == two[0] and one[1][0] < two[1][0]]
    (_, row, _), (_, _, later) = pick(random, pairs)
    for line in lines:
        if line["f"] == "send" and line["client_id"] == row[2]:
            line["invoked"], line["done"] = later["done"] + 0.001, later["done"] + 0.002


@tampering("session order", "a writer's two messages have exchanged numbers")
def _(lines, random):
    by = defaultdict(list)
    for name, row, line in acked_rows(lines):
        by[line["client"], name].append((row, line))
    two = random.sample(pick(random, [one for one in by.values() if len(one) > 1]), 2)
    (first, one), (second, other) = two
    first[0], second[0], one["number"], other["number"] = second[0], first[0], second[0], first[0]
    rows = truth(lines)["rows"][one["conversation"]]
    rows.sort()


@tampering("uncertain", "what nobody acknowledged is seen and gone again")
def _(lines, random):
    seen = {event[3] for chain in chains(lines) for poll, event in told(chain) if poll["generation"] == truth(lines)["generation"] and event[4]}
    name, row, _ = pick(random, [one for one in acked_rows(lines) if one[1][1] in seen])
    forget(lines, name, row)
    for line in lines:
        if line["f"] == "send" and line["client_id"] == row[2] and line["outcome"] == "ok":
            line["outcome"] = "info"
            del line["id"], line["number"]
