"""What is really stored, and what a fresh reader gets: taken when no client does anything."""

from collections import defaultdict

import sqlalchemy as sa

from .history import direct, text_hash
from .reader import rows
from .wire import Wire

PAGE = 100
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg2"}
MESSAGES = "SELECT number, id, client_id, sender_id, receiver_id, group_id, content FROM messages ORDER BY conversation, number"
MEMBERS = "SELECT m.group_id, m.user_id FROM group_members m JOIN groups g ON g.id = m.group_id WHERE g.deleted_at IS NULL"


def engine_of(database_url):
    """Return an engine on a database, past the product."""
    return sa.create_engine(sa.engine.make_url(database_url).set(drivername=DRIVERS[database_url.partition(":")[0]]))


def execute(database_url, *statements):
    """Run statements on a database, past the product, each in a transaction of its own. Returns the first value of the last one's rows."""
    engine = engine_of(database_url)
    try:
        for statement in statements:
            with engine.begin() as connection:
                result = connection.execute(sa.text(statement))
                found = result.scalars().first() if result.returns_rows else None
        return found
    finally:
        engine.dispose()


def write_truth(stage, database_url):
    """Add the database itself to the history."""
    engine = engine_of(database_url)
    found, members = defaultdict(list), defaultdict(list)
    with engine.connect() as connection:
        for number, key, client_id, sender, receiver, group, content in connection.execute(sa.text(MESSAGES)):
            conversation = f"group:{group}" if group else direct(str(sender), str(receiver))
            found[conversation].append([number, str(key), client_id and str(client_id), str(sender), text_hash(content)])
        for group, user in connection.execute(sa.text(MEMBERS)):
            members[f"group:{group}"].append(str(user))
    engine.dispose()
    for conversation in found:
        if conversation.startswith("direct:"):
            members[conversation] = sorted(set(conversation.split(":")[1:]))
    stage.recorder.write("truth", generation=stage.generation, rows=found, members=members)


def write_finals(stage, port):
    """Let everybody read everything once more, from the start, as somebody who has just come."""
    for number, person in enumerate(stage.world.people):
        wire = Wire(port, person.token)
        state = wire.ask("GET", "/api/state").body
        places = [(f"groups/{one['id']}", f"group:{one['id']}") for one in state["groups"]]
        places += [(f"users/{one['user_id']}", direct(person.id, one["user_id"])) for one in state["directs"]]
        for path, conversation in places:
            reply, messages = _whole(wire, path)
            line = {"client": f"w{number}/final", "user": person.id, "generation": stage.generation}
            stage.recorder.write("final", conversation=conversation, messages=messages, **line, **reply.fields)
        wire.close()


def _whole(wire, path):
    messages, more = [], True
    while more:
        after = messages[-1][0] if messages else 0
        reply = wire.ask("GET", f"/api/{path}/messages?after={after}&limit={PAGE}")
        messages += rows(reply)
        more = reply.body["more"]
    return reply, messages
