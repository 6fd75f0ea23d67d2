"""Old cursors and states tell otherwise; the run did not do what it was to do."""

from .common import chains, of, pick, steady, tampering


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
