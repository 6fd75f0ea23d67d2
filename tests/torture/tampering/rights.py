"""Who hears what, and when: rights, liveness."""

from .common import Unfit, chains, last_generation, of, pick, standing, tampering, told, truth


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
            sends = {line["client_id"]: line["invoked"] for line in reversed(lines) if line["f"] == "send"}
            if len(gone) == 1 and not back and last is not None:
                later = [row for row in truth(lines)["rows"].get(group, ()) if row[0] > last]
                if later and any(sends.get(row[2], 0) > gone[0]["done"] for row in later):
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
