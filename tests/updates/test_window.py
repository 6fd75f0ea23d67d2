"""The window of newest events in memory."""

import random

from chatapp.updates.publish import blanked, render
from chatapp.updates.window import Entry, Run, Window


def entry(position, *keys, body="{}", message_id=None):
    return Entry(position, keys, body, "message.sent", message_id)


def test_events_come_in_order_and_once_even_when_they_are_under_several_keys():
    window = Window()
    for position, keys in ((1, ("g:a",)), (2, ("g:b",)), (3, ("u:x", "g:a")), (4, ("u:y",)), (5, ("g:b", "g:a"))):
        window.append(entry(position, *keys))
    assert [one.position for one in window.after(["g:a", "g:b", "u:x"], 0)] == [1, 2, 3, 5]
    assert [one.position for one in window.after(["g:a"], 3)] == [5]
    assert window.after(["g:a", "u:x"], 5) == []


def test_a_quiet_reader_stays_inside_however_busy_others_are():
    window = Window(most_events=10)
    window.append(entry(1, "g:quiet"))
    window.append(entry(2, "g:quiet"))
    for position in range(3, 100):
        window.append(entry(position, "g:busy"))
    assert window.covers(["g:quiet"], 2)
    assert not window.covers(["g:quiet"], 1)
    assert not window.covers(["g:quiet", "g:busy"], 2)


def test_the_window_is_bounded_by_text_as_well_as_by_count():
    window = Window(most_characters=100)
    for position in range(1, 21):
        window.append(entry(position, "g:a", body="x" * 10))
    assert len(window) == 10
    assert not window.covers(["g:a"], 9)
    assert window.covers(["g:a"], 10)


def test_the_window_agrees_with_a_list_whatever_happens():
    rng = random.Random(7)
    window, everything = Window(most_events=40), []
    for position in range(1, 500):
        keys = tuple(rng.sample(["g:a", "g:b", "u:x", "u:y"], rng.randint(1, 3)))
        window.append(entry(position, *keys))
        everything.append((position, keys))
        asked, since = rng.sample(["g:a", "g:b", "u:x"], 2), rng.randint(0, position)
        wanted = [at for at, under in everything if at > since and set(under) & set(asked)]
        if window.covers(asked, since):
            assert [one.position for one in window.after(asked, since)] == wanted
        else:
            assert len(window.after(asked, since)) < len(wanted)


def test_what_was_edited_away_is_not_read_from_the_window():
    window = Window()
    body = render("message.sent", {"message": {"id": "m", "content": "secret"}})
    window.append(entry(1, "g:a", body=body, message_id="m"))
    window.append(entry(2, "g:a", body=body, message_id="m"))
    window.blank("m", 2, blanked)
    first, second = window.after(["g:a"], 0)
    assert "secret" not in first.body and "secret" in second.body


def test_a_run_gives_any_page_of_it_and_gives_back_the_places_of_what_was_dropped():
    run = Run()
    for position in range(1, 20_001):
        run.append(entry(position, "g:a"))
    for _ in range(15_000):
        run.drop_oldest()
    assert len(run) == 5_000
    assert len(run._entries) <= 10_001
    assert [one.position for one in run.after(0, 3)] == [15_001, 15_002, 15_003]
    assert [one.position for one in run.after(19_998, 201)] == [19_999, 20_000]
    assert len(run.after(16_000, 201)) == 201
