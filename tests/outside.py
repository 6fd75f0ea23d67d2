"""Somebody else's program on the same database: it knows the given tables and columns, and nothing of chatapp."""

import uuid

import sqlalchemy as sa


class Outside:
    """Runs plain SQL over connections of its own, with the driver's own settings: on SQLite not even foreign keys."""

    def __init__(self, url):
        self.lite = url.startswith("sqlite")
        driver = {} if self.lite else {"drivername": "postgresql+psycopg2"}
        self.engine = sa.create_engine(sa.make_url(url).set(**driver), poolclass=sa.NullPool)

    def run(self, statement, **values):
        """Run one statement in a transaction of its own; return its rows as tuples, ids as text."""
        with self.engine.begin() as connection:
            result = connection.execute(sa.text(statement), values)
            rows = result if result.returns_rows else ()
            return [tuple(str(value) if isinstance(value, uuid.UUID) else value for value in row) for row in rows]

    def one(self, statement, **values):
        """Return the one value that a statement returns."""
        ((value,),) = self.run(statement, **values)
        return value

    def user(self, username):
        """Return the id of a new person, inserted by the given columns that have no default."""
        self.run(
            "INSERT INTO users (name, username, email, password) VALUES (:name, :name, :email, 'x')", name=username, email=f"{username}@example.org"
        )
        return self.one("SELECT id FROM users WHERE username = :name", name=username)

    def group(self, name):
        """Return the id of a new group."""
        self.run("INSERT INTO groups (name) VALUES (:name)", name=name)
        return self.one("SELECT id FROM groups WHERE name = :name", name=name)

    def say(self, content, sender, *, group=None, to=None):
        """Insert a message; return its number."""
        given = {"content": content, "sender": sender, "receiver": to, "group": group}
        self.run("INSERT INTO messages (content, sender_id, receiver_id, group_id) VALUES (:content, :sender, :receiver, :group)", **given)
        return self.one("SELECT number FROM messages WHERE content = :content", content=content)
