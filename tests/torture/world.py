"""Who is there: people, their groups and their tokens, made as rows before the server runs."""

from dataclasses import dataclass, field

from cast import Cast
from databases import SETTINGS, close

from chatapp import create_app
from chatapp.actions import invites, sessions

WEEK = 7 * 24 * 3600
LEAST_PEOPLE = 6


@dataclass
class World:
    """``people`` have id and token; ``steady`` groups never change, ``loose`` is joined and left by ``movers``; ``invite``
    leads into it and ``owner`` owns it."""

    people: list
    steady: dict = field(default_factory=dict)  # group id: people
    loose: str = ""
    owner: object = None
    movers: list = field(default_factory=list)
    invite: str = ""
    spare: dict = field(default_factory=dict)  # person id: the token of another device

    def partners(self, person):
        """Return the people somebody writes to directly: their neighbours in a ring."""
        at = self.people.index(person)
        return [self.people[at - 1], self.people[(at + 1) % len(self.people)]]

    def groups(self, person):
        """Return the ids of the steady groups of somebody."""
        return [group for group, people in self.steady.items() if person in people]


def build(database_url, instance, size):
    """Fill an empty database with so many people, six at least. Returns a World."""
    app = create_app({**SETTINGS, "DATABASE_URL": database_url, "INSTANCE": str(instance)})
    cast = Cast(app)
    people = [cast.ana, cast.ben, cast.cleo, cast.dan, *(cast.add(f"person{number}", f"Person {number}") for number in range(4, size))]
    world = World(people, owner=people[0], movers=people[size // 2 :])
    world.steady[cast.hall] = people
    for name, share in (("first", people[: size // 2 + 1]), ("second", people[size // 2 - 1 :]), ("odd", people[::2])):
        world.steady[cast.group(name, *share)] = share
    world.loose = cast.group("loose", *people[: size // 2])
    with app.app_context():
        for person in people:
            world.spare[person.id] = sessions.create_token(person.id, "another device")[0]
        world.invite = invites.create_invite(world.owner.id, world.loose, WEEK)["id"]
    close(app)
    return world
