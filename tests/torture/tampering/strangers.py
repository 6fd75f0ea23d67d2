"""What should not be there: duplicates, phantoms."""

from collections import defaultdict

from .common import chains, of, pick, standing, tampering, told, truth


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
