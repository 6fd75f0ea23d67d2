"""What all tamperings share. Anomalies planted into clean histories. Each tampering changes the lines and says nothing; it raises Unfit where
a history has no place for it. ``TAMPERINGS``: {what goes wrong: (the invariant that this breaks, the change)}."""

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
