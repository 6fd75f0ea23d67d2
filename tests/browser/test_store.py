"""The store: applying an event twice is applying it once, and nothing that came later is taken back."""

import pytest

ANA, BEN, CLEO, HALL, DEN = (f"{n}0000000-0000-4000-8000-000000000000" for n in (1, 2, 3, 4, 5))

SET_UP = """
const user = (id, name) => ({ id, name, username: name.toLowerCase(), deactivated: false, auto_status: "online", manual_status: null, last_seen: null })
const member = (user_id, group_id, role = "member") => ({ user_id, group_id, role, joined_at: "2026-01-01T00:00:00Z" })
const [ANA, BEN, CLEO, HALL, DEN] = argument.ids
const start = () => m.fromSnapshot({
  me: { ...user(ANA, "Ana"), email: "ana@example.org", invisible: false },
  users: [user(ANA, "Ana"), user(BEN, "Ben")],
  groups: [{ id: HALL, name: "Hall", is_primary: true, created_at: "", member_count: 2, last_number: 2, read_mark: 1, role: "owner", members: [member(ANA, HALL, "owner"), member(BEN, HALL)] }],
  directs: [],
})
const message = (number, more = {}) => ({ id: "m" + number, client_id: "c" + number, number, sender_id: BEN, receiver_id: null, group_id: HALL, content: "text " + number, created_at: "2026-01-01T00:00:00Z", edited_at: null, deleted_at: null, ...more })
const sent = (number, more) => ({ kind: "message.sent", data: { message: message(number, more) } })
const applied = (state, ...events) => events.reduce(m.apply, state)
const page = (messages, last_number, mode = "merge") => ({ kind: "history.loaded", data: { key: "groups/" + HALL, messages, last_number, mode } })
const numbers = (state) => state.histories["groups/" + HALL].messages.map((each) => each.number)
"""

EVENTS = {
    "message.sent": "sent(3)",
    "own message.sent": "sent(3, { sender_id: ANA })",
    "direct message.sent": "sent(1, { group_id: null, receiver_id: ANA })",
    "message.edited": '{ kind: "message.edited", data: { message: message(2, { content: "new", edited_at: "2026-01-02" }) } }',
    "message.deleted": '{ kind: "message.deleted", data: { message: message(2, { content: "", deleted_at: "2026-01-02" }) } }',
    "direct.opened": '{ kind: "direct.opened", data: { users: [{ id: CLEO, name: "Cleo", username: "cleo", deactivated: false }] } }',
    "read_mark.moved": '{ kind: "read_mark.moved", data: { group_id: HALL, user_id: null, number: 2 } }',
    "group.joined": (
        '{ kind: "group.joined", data: { group: { id: DEN, name: "Den", last_number: 0, read_mark: 0, role: "owner",'
        " member_count: 1, members: [member(ANA, DEN)] }, users: [] } }"
    ),
    "group.changed": '{ kind: "group.changed", data: { group: { id: HALL, name: "Great hall", is_primary: true, created_at: "" } } }',
    "group.deleted": '{ kind: "group.deleted", data: { group_id: HALL } }',
    "member.added": '{ kind: "member.added", data: { member: member(CLEO, HALL), user: { id: CLEO, name: "Cleo", username: "cleo", deactivated: false } } }',
    "member.changed": '{ kind: "member.changed", data: { member: member(ANA, HALL, "member") } }',
    "member.removed": '{ kind: "member.removed", data: { group_id: HALL, user_id: BEN } }',
    "user.changed": '{ kind: "user.changed", data: { user: { id: BEN, name: "Benno", username: "ben", deactivated: false } } }',
    "me.changed": '{ kind: "me.changed", data: { me: { id: ANA, name: "Anna", invisible: true, manual_status: "out" } } }',
    "presence.changed": '{ kind: "presence.changed", data: { presence: [{ user_id: BEN, auto_status: "away", manual_status: null }] } }',
    "presence.changed, not to be disturbed": (
        '{ kind: "presence.changed", data: { presence: [{ user_id: BEN, auto_status: "online", manual_status: null, do_not_disturb: true }] } }'
    ),
    "server.changed": '{ kind: "server.changed", data: { server: { invisible_allowed: false } } }',
    "invite.created": '{ kind: "invite.created", data: { invite: { id: "i", group_id: HALL } } }',
    "session.ended": '{ kind: "session.ended", data: { device_id: "d" } }',
    "a kind of a newer server": '{ kind: "weather.changed", data: {} }',
}


@pytest.fixture
def store(run_js):
    """A function that runs JavaScript with the store, a start state and makers of events at hand."""
    return lambda body: run_js("store.js", SET_UP + body, {"ids": [ANA, BEN, CLEO, HALL, DEN]})


def test_every_event_applied_twice_is_applied_once(store):
    for name, event in EVENTS.items():
        once, twice = store(
            f"const s = applied(start(), page([message(1), message(2)], 2)); const e = {event}; return [applied(s, e), applied(s, e, e)]"
        )
        assert once == twice, name


def test_no_event_changes_the_state_it_was_applied_to(store):
    for name, event in EVENTS.items():
        before, after = store(
            f"const s = applied(start(), page([message(1), message(2)], 2)); const b = JSON.stringify(s); applied(s, {event}); return [b, JSON.stringify(s)]"
        )
        assert before == after, name


def test_a_repeated_run_of_events_ends_in_the_same_state(store):
    events = ", ".join(event for name, event in EVENTS.items() if name != "group.deleted")
    once, twice = store(f"const all = [{events}]; const s = applied(start(), ...all); return [s, applied(s, ...all)]")
    assert once == twice


def test_unread_is_a_subtraction_and_sending_moves_the_own_mark(store):
    state = store("return [applied(start(), sent(3)), applied(start(), sent(3, { sender_id: ANA }))].map((s) => s.groups[HALL])")
    assert [(group["last_number"], group["read_mark"]) for group in state] == [(3, 1), (3, 3)]


def test_a_repeated_message_does_not_move_a_mark_that_was_set_back(store):
    body = """
    const back = { kind: "read_mark.moved", data: { group_id: HALL, user_id: null, number: 1 } }
    return applied(start(), sent(3, { sender_id: ANA }), back, sent(3, { sender_id: ANA })).groups[HALL].read_mark
    """
    assert store(body) == 1


def test_a_message_of_a_new_partner_opens_the_conversation(store):
    state = store("return applied(start(), sent(1, { group_id: null, sender_id: BEN, receiver_id: ANA }))")
    assert state["directs"] == {BEN: {"user_id": BEN, "last_number": 1, "read_mark": 0}}


def test_the_next_message_joins_the_loaded_stretch_and_one_after_a_hole_waits(store):
    assert store("return numbers(applied(start(), page([message(1), message(2)], 2), sent(3)))") == [1, 2, 3]
    assert store("return numbers(applied(start(), page([message(1), message(2)], 2), sent(4)))") == [1, 2]


def test_a_stretch_that_does_not_reach_the_end_takes_no_new_message(store):
    assert store("return numbers(applied(start(), page([message(1)], 2), sent(3)))") == [1]


def test_pages_that_touch_are_joined_and_pages_apart_are_not(store):
    assert store("return numbers(applied(start(), page([message(3), message(4)], 4), page([message(1), message(2)], 4)))") == [1, 2, 3, 4]
    assert store("return numbers(applied(start(), page([message(7), message(8)], 8), page([message(1), message(2)], 8)))") == [1, 2]


def test_an_older_version_never_replaces_a_newer_one(store):
    body = """
    const newer = { kind: "message.edited", data: { message: message(1, { content: "second", edited_at: "2026-01-03" }) } }
    const older = { kind: "message.edited", data: { message: message(1, { content: "first", edited_at: "2026-01-02" }) } }
    const gone = { kind: "message.deleted", data: { message: message(1, { content: "", deleted_at: "2026-01-04" }) } }
    const s = applied(start(), page([message(1)], 1))
    return [[newer, older, sent(1)], [gone, newer]].map((events) => applied(s, ...events).histories["groups/" + HALL].messages[0].content)
    """
    assert store(body) == ["second", ""]


def test_when_somebody_was_last_here_stays_known_until_they_come_or_it_is_shown_no_more(store):
    steps = """
      const presence = (kind, more) => ({ kind, data: { presence: [{ user_id: BEN, manual_status: null, do_not_disturb: false, ...more }] } })
      const seen = { auto_status: "offline", last_seen: "2026-01-01T10:00:00Z", last_seen_precision: "hour" }
      const of = (state) => [state.users[BEN].last_seen, state.users[BEN].last_seen_precision]
      const read = applied(start(), presence("presence.read", seen))
      return [read, ...[
        presence("presence.changed", { auto_status: "offline", do_not_disturb: true }),
        presence("presence.changed", { auto_status: "away" }),
        presence("presence.read", { auto_status: "offline", last_seen: null, last_seen_precision: null }),
      ].map((next) => applied(read, next))].map(of)
    """
    known, unknown = ["2026-01-01T10:00:00Z", "hour"], [None, None]
    assert store(steps) == [known, known, unknown, unknown]


def test_losing_a_group_forgets_its_messages(store):
    state = store('return applied(start(), page([message(1)], 2), { kind: "member.removed", data: { group_id: HALL, user_id: ANA } })')
    assert (state["groups"], state["histories"]) == ({}, {})


def test_listeners_hear_once_per_batch(store):
    body = """
    const heard = []
    const s = new m.Store(start())
    s.subscribe((state, previous, events) => heard.push([previous.groups[HALL].last_number, state.groups[HALL].last_number, events.length]))
    s.apply(sent(3), sent(4))
    await null
    return heard
    """
    assert store(body) == [[2, 4, 2]]
