"""Anomalies planted into clean histories. Each tampering changes the lines and says nothing; it raises Unfit where
a history has no place for it. ``TAMPERINGS``: {what goes wrong: (the invariant that this breaks, the change)}."""

import json
from collections import defaultdict

TAMPERINGS = {}
SURE = "group:all"  # nobody ever leaves it


class Unfit(Exception):  # noqa: N818 - not an error: another history will do
    """This history has no place for this."""


def tampering(invariant, what):
    """Name a change."""

    def note(function):
        TAMPERINGS[what] = (invariant, function)
        return function

    return note


def pick(random, found):
    """Return one of what was found. Raises Unfit when there is nothing."""
    found = list(found)
    if not found:
        raise Unfit
    return random.choice(found)


def steady(name):
    """Tell whether nobody comes into a conversation or leaves it."""
    return name is not None and (name == SURE or name.startswith("direct:"))


def of(lines, f, outcome="ok"):
    """Return the lines of one meaning."""
    return [line for line in lines if line["f"] == f and line.get("outcome", "ok") == outcome]


def chains(lines):
    """Return [[state, poll, poll ...]]: answered ones only."""
    found, now = [], {}
    for line in lines:
        if line["f"] == "state" and line["outcome"] == "ok":
            now[line["client"]] = [line]
            found.append(now[line["client"]])
        elif line["f"] == "poll" and line["outcome"] == "ok" and not line.get("again"):
            now[line["client"]].append(line)
    return found


def told(chain, kind="message.sent", fits=steady):
    """Return [(poll, event)] of a chain's events of one kind in fitting conversations."""
    return [(poll, event) for poll in chain[1:] for event in poll["events"] if event[0] == kind and fits(event[1])]


def standing(lines):
    """Return the chains that last to the end."""
    return list({chain[0]["client"]: chain for chain in chains(lines)}.values())


def truth(lines):
    """Return the last truth."""
    return of(lines, "truth")[-1]


def last_generation(lines, f):
    """Return the ok lines of one meaning in the last generation."""
    return [line for line in of(lines, f) if line["generation"] == truth(lines)["generation"]]


def forget(lines, name, row):
    """Take a row out of the last truth and the final readings."""
    truth(lines)["rows"][name].remove(row)
    for line in last_generation(lines, "final"):
        if line["conversation"] == name:
            line["messages"] = [one for one in line["messages"] if one[1] != row[1]]


def acked_rows(lines, life=None):
    """Return [(conversation, row, ok line)] of rows that were acknowledged in the last generation."""
    acks = {line["client_id"]: line for line in last_generation(lines, "send")}
    return [(name, row, acks[row[2]]) for name, rows in truth(lines)["rows"].items() for row in rows if row[2] in acks]


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


@tampering("duplicate", "an event comes twice in one answer")
def _(lines, random):
    poll, event = pick(random, [one for chain in chains(lines) for one in told(chain)])
    poll["events"].insert(poll["events"].index(event) + 1, event)


@tampering("duplicate", "an event comes again later")
def _(lines, random):
    chain = pick(random, [chain for chain in chains(lines) if told(chain) and told(chain)[0][0] is not chain[-1]])
    poll, event = pick(random, [one for one in told(chain) if one[0] is not chain[-1]])
    later = pick(random, chain[chain.index(poll) + 1 :])
    later["events"].append(event)


@tampering("duplicate", "a client id has two rows")
def _(lines, random):
    rows = pick(random, truth(lines)["rows"].values())
    rows.append([len(rows) + 1, "second", *rows[random.randrange(len(rows))][2:]])


@tampering("duplicate", "a deletion comes twice")
def _(lines, random):
    poll, event = pick(random, [one for chain in standing(lines) for one in told(chain, "message.deleted")])
    poll["events"].append(event)


@tampering("phantom", "a row was never sent")
def _(lines, random):
    rows = pick(random, truth(lines)["rows"].values())
    rows.append([len(rows) + 1, "nobody's", "nobody's", "u0", "0"])


@tampering("phantom", "a refused message is stored")
def _(lines, random):
    fates = defaultdict(set)
    for line in lines:
        if line["f"] == "send":
            fates[line["client_id"]].add(line["outcome"])
    line = pick(random, [line for line in of(lines, "send", "fail") if fates[line["client_id"]] == {"fail"}])
    rows = truth(lines)["rows"].setdefault(line["conversation"], [])
    rows.append([len(rows) + 1, "refused", line["client_id"], line["user"], line["hash"]])


@tampering("phantom", "a message comes that nobody sent")
def _(lines, random):
    chain = pick(random, [chain for chain in standing(lines) if told(chain)])
    poll, event = told(chain)[-1]
    poll["events"].append(["message.sent", event[1], event[2] + 1, "nobody's", "0", event[5]])


@tampering("phantom", "an edit comes that nobody made")
def _(lines, random):
    poll, event = pick(random, [one for chain in chains(lines) for one in told(chain)])
    poll["events"].append(["message.edited", event[1], event[2], event[3], "0", event[5]])


@tampering("phantom", "a message is seen before it is sent")
def _(lines, random):
    poll, event = pick(random, [one for chain in chains(lines) for one in told(chain) if one[1][4]])
    for line in lines:
        if line["f"] == "send" and line.get("id", event[3]) == event[3] and line["hash"] == event[4]:
            line["invoked"] = line["done"] = poll["done"] + 1000


@tampering("phantom", "what was sent after the backup is in the restored database")
def _(lines, random):
    restore = pick(random, of(lines, "fault"))
    late = [line for line in of(lines, "send") if line["generation"] == 0 and line["invoked"] > restore["backup_ended"]]
    line = pick(random, late)
    rows = truth(lines)["rows"].setdefault(line["conversation"], [])
    rows.append([len(rows) + 1, line["id"], line["client_id"], line["user"], line["hash"]])


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


@tampering("cursor", "a cursor goes back")
def _(lines, random):
    pick(random, [poll for chain in chains(lines) for poll in chain[1:]])["until"] -= 20


@tampering("cursor", "a chain goes on from elsewhere")
def _(lines, random):
    poll = pick(random, [poll for chain in chains(lines) for poll in chain[1:]])
    poll["since"] -= 1


def _again(lines, random, least):
    found = []
    for line in of(lines, "poll"):
        if line.get("again") and len([event for event in line["events"] if steady(event[1])]) >= least:
            found.append(line)
    line = pick(random, found)
    return line, [at for at, event in enumerate(line["events"]) if steady(event[1])]


@tampering("cursor", "an old cursor asked again lacks something")
def _(lines, random):
    line, places = _again(lines, random, 2)
    line["events"].pop(places[0])


@tampering("cursor", "an old cursor asked again tells in another order")
def _(lines, random):
    line, places = _again(lines, random, 2)
    line["events"][places[0]], line["events"][places[1]] = line["events"][places[1]], line["events"][places[0]]


@tampering("cursor", "a cursor from before a restored backup is answered")
def _(lines, random):
    line = pick(random, [line for line in of(lines, "poll", "fail") if line["code"] == "resync" and not line.get("again")])
    line |= {"outcome": "ok", "http": 200, "code": None, "until": line["since"], "more": False, "events": []}


@tampering("cursor", "a good cursor is called bad")
def _(lines, random):
    poll = pick(random, [poll for chain in chains(lines) for poll in chain[1:]])
    poll |= {"outcome": "fail", "http": 400, "code": "bad_cursor"}


@tampering("replay", "a state and its polls make another state than the one read anew")
def _(lines, random):
    pick(random, of(lines, "replay")).update(equal=False, difference="groups")


@tampering("entitlement", "a message between two others comes")
def _(lines, random):
    poll = pick(random, [poll for chain in chains(lines) for poll in chain[1:]])
    poll["events"].append(["message.sent", "direct:u8:u9", 1, "foreign", "0", "u8"])


@tampering("entitlement", "a message of a group comes after the reader's removal")
def _(lines, random):
    found = []
    for chain in chains(lines):
        for poll, event in told(chain, "member.removed", lambda name: True):
            if event[5] == chain[0]["user"]:
                found.append((poll, event))
    poll, event = pick(random, found)
    poll["events"].insert(poll["events"].index(event) + 1, ["message.sent", event[1], 99, "late", "0", "u1"])


@tampering("entitlement", "a reader is never told of its removal and goes on hearing")
def _(lines, random):
    found = []
    for chain in standing(lines):
        for poll, event in told(chain, "member.removed", lambda name: True):
            group, user = event[1], chain[0]["user"]
            gone = [line for line in last_generation(lines, "leave") if line["conversation"] == group and line["subject"] == user]
            back = any(line["f"] == "join" and line["conversation"] == group and line["subject"] == user for line in lines)
            heard = [one[2] for at in chain[1 : chain.index(poll) + 1] for one in at["events"] if one[0] == "message.sent" and one[1] == group]
            last = heard[-1] if heard else chain[0]["conversations"].get(group)
            sends = {line["id"]: line["invoked"] for line in last_generation(lines, "send")}
            if len(gone) == 1 and not back and last is not None:
                later = [row for row in truth(lines)["rows"].get(group, ()) if row[0] > last]
                if later and any(sends.get(row[1], 0) > gone[0]["done"] for row in later):
                    found.append((chain, poll, event, later))
    chain, poll, event, later = pick(random, found)
    poll["events"].remove(event)
    chain[-1]["events"] += [["message.sent", event[1], row[0], row[1], row[4], row[3]] for row in later]


@tampering("entitlement", "somebody who left reads a page")
def _(lines, random):
    gone = pick(random, [line for line in of(lines, "leave") if truth(lines)["rows"].get(line["conversation"])])
    back = [line for line in lines if line["f"] == "join" and line["subject"] == gone["subject"] and line["invoked"] < gone["done"] + 0.003]
    if any(line["outcome"] == "info" or line["done"] >= gone["invoked"] for line in back):
        raise Unfit
    fields = {"f": "read", "client": f"{gone['subject']}/r", "user": gone["subject"], "conversation": gone["conversation"], "code": None}
    times = {"generation": gone["generation"], "invoked": gone["done"] + 0.001, "done": gone["done"] + 0.002, "outcome": "ok", "http": 200}
    lines.insert(lines.index(gone) + 1, {**fields, **times, "before": 1, "after": None, "messages": []})


@tampering("entitlement", "a stranger reads a whole group")
def _(lines, random):
    line = pick(random, [line for line in of(lines, "final") if line["messages"] and line["conversation"].startswith("group:")])
    truth(lines)["members"][line["conversation"]].remove(line["user"])


@tampering("entitlement", "a state lists a conversation of others")
def _(lines, random):
    pick(random, of(lines, "state"))["conversations"]["direct:u8:u9"] = 0


@tampering("liveness", "a message comes long after the last fault")
def _(lines, random):
    healed = next(line["at"] for line in lines if line["f"] == "healed")
    ids = {line["id"] for line in last_generation(lines, "send")}
    found = []
    for chain in standing(lines):
        found += [(chain, poll) for poll, event in told(chain) if event[3] in ids and poll["done"] > healed]
    chain, poll = pick(random, found)
    for line in chain[chain.index(poll) :]:
        line["done"] += 60


@tampering("liveness", "the last message never comes")
def _(lines, random):
    ids = {line["id"] for line in last_generation(lines, "send")}
    found = []
    for chain in standing(lines):
        newest = {event[1]: (poll, event) for poll, event in told(chain)}
        found += [one for one in newest.values() if one[1][3] in ids]
    poll, event = pick(random, found)
    poll["events"].remove(event)


@tampering("liveness", "a resync without a restored backup")
def _(lines, random):
    poll = pick(random, [poll for chain in chains(lines) for poll in chain[1:]])
    poll |= {"outcome": "fail", "http": 409, "code": "resync"}


@tampering("liveness", "a reader is not answered any more")
def _(lines, random):
    healed = next(line["at"] for line in lines if line["f"] == "healed")
    client = pick(random, {line["client"] for line in of(lines, "poll")})
    lines[:] = [line for line in lines if line.get("client") != client or line["f"] not in ("state", "poll") or line["done"] < healed]


@tampering("liveness", "a reader does not hear that it was removed")
def _(lines, random):
    found = []
    for chain in standing(lines):
        moves = [(poll, event) for poll in chain[1:] for event in poll["events"] if event[0] in ("member.removed", "group.joined")]
        mine = {event[1]: (poll, event) for poll, event in moves if event[5] == chain[0]["user"]}
        found += [one for one in mine.values() if one[1][0] == "member.removed"]
    poll, event = pick(random, found)
    poll["events"] = [one for one in poll["events"] if one is not event]


@tampering("planned", "a fault was planned and not injected")
def _(lines, random):
    lines[0]["planned"]["kill"] = 1


@tampering("planned", "nothing was acknowledged")
def _(lines, random):
    lines[:] = [line for line in lines if line["f"] != "send" or line["outcome"] != "ok"]


@tampering("planned", "no poll had an event")
def _(lines, random):
    for line in of(lines, "poll"):
        line["events"] = []


@tampering("planned", "nobody looked at the database")
def _(lines, random):
    lines.remove(pick(random, of(lines, "truth")))


def tampered(what, lines, random):
    """Return a copy of lines with an anomaly in it. Raises Unfit."""
    lines = json.loads(json.dumps(lines))
    TAMPERINGS[what][1](lines, random)
    return lines
