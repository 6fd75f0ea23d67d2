"""The rows of the table: each is a function of (port, world) that returns what a client asks next."""

import json
import random
import uuid
from urllib.request import Request, urlopen

from .load import http

HELLO = b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def cursor_of(port, person):
    """Return a cursor that stands at what is stored now."""
    state = Request(f"http://127.0.0.1:{port}/api/state", headers={"Authorization": f"Bearer {person.token}"})
    return json.load(urlopen(state, timeout=30))["cursor"]


def bare(_number):
    """Every client asks the bare Flask route."""
    return HELLO


def sends(_port, people):
    """Every client sends one message after the other, to groups that it is in."""

    def request(number):
        person = people.people[number]
        body = {"client_id": str(uuid.uuid4()), "content": f"hello {random.random()}"}
        return http("POST", f"/api/groups/{random.choice(people.groups(person))}/messages", person.token, json.dumps(body).encode())

    return request


def polls(port, people):
    """Every client polls from where it stands, and nothing has happened."""
    cursors = {}

    def request(number):
        person = people.people[number]
        if number not in cursors:
            cursors[number] = cursor_of(port, person)
        return http("GET", f"/api/updates?since={cursors[number]}&wait=0", person.token)

    return request
