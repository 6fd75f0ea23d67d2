"""What the message list shows between and around messages."""

import pytest

SET_UP = """
const at = (minutes) => new Date(Date.UTC(2026, 0, 1, 12, minutes)).toISOString()
const message = (number, minutes, sender_id = "ben", more = {}) => ({ id: "m" + number, client_id: "c" + number, number, sender_id, content: "x", created_at: at(minutes), edited_at: null, deleted_at: null, ...more })
const rows = (messages, { pending = [], ...more } = {}) => m.timeline({ messages, pending, newAfter: null, me: { id: "ana" }, ...more })
const brief = (list) => list.map((row) => (row.type === "message" ? row.message.sender_id + (row.starts ? "*" : "") : row.type))
"""


@pytest.fixture
def timeline(run_js):
    """A function that runs JavaScript with the timeline and makers of messages at hand."""
    return lambda body: run_js("timeline.js", SET_UP + body)


def test_messages_of_one_author_within_five_minutes_are_one_run(timeline):
    shown = timeline('return brief(rows([message(1, 0), message(2, 5), message(3, 11), message(4, 12, "cleo"), message(5, 12)]))')
    assert shown == ["day", "ben*", "ben", "ben*", "cleo*", "ben*"]


def test_a_new_day_has_a_divider_and_starts_a_run(timeline):
    assert timeline("return brief(rows([message(1, 0), message(2, 24 * 60)]))") == ["day", "ben*", "day", "ben*"]


def test_the_new_line_stands_before_the_first_unread(timeline):
    assert timeline("return brief(rows([message(1, 0), message(2, 1), message(3, 2)], { newAfter: 1 }))") == ["day", "ben*", "new", "ben*", "ben"]
    assert timeline("return brief(rows([message(1, 0), message(2, 1)], { newAfter: 2 }))") == ["day", "ben*", "ben"]


def test_what_is_missing_belongs_below_the_new_line_unless_the_line_may_be_within(timeline):
    for new_after, shown in [
        (0, ["day", "new", "ben*", "hole", "ben*", "ben"]),
        (1, ["day", "ben*", "new", "hole", "ben*", "ben"]),
        (2, ["day", "ben*", "hole", "new", "ben*", "ben"]),
        (4, ["day", "ben*", "hole", "ben*", "new", "ben*"]),
    ]:
        call = f'rows([message(1, 0)], {{ hole: "loading", ahead: [message(4, 1), message(5, 1)], newAfter: {new_after} }})'
        assert timeline(f"return brief({call})") == shown, new_after
    assert timeline('return brief(rows([], { hole: "loading", ahead: [message(4, 1)], newAfter: 0 }))') == ["new", "hole", "day", "ben*"]


def test_a_message_on_its_way_keeps_its_place_when_it_is_acknowledged(timeline):
    before, after = timeline("""
    const pending = [{ client_id: "c2", content: "y", created_at: at(1), state: "sending", detail: "" }]
    return [rows([message(1, 0, "ana")], { pending }), rows([message(1, 0, "ana"), message(2, 1, "ana")], { pending })]
    """)
    assert [row["key"] for row in before] == [row["key"] for row in after]
    assert (before[-1]["pending"]["state"], after[-1]["pending"]) == ("sending", None)
