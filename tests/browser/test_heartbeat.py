"""When a page beats: in time before others take its person for idle or gone, also when a beat is lost."""

import re

import pytest
from signs import seen

START = """
window.beats = []
window.lost = new Set(argument)
window.status = "online"
window.fetch = async (_url, options) => {
  const number = beats.length
  beats.push({ at: Date.now(), ...JSON.parse(options.body) })
  if (lost.has(number)) throw new TypeError("lost")
  return new Response(JSON.stringify({ auto_status: window.status, next: 25 }), { headers: { "Content-Type": "application/json" } })
}
window.heart = new m.Heartbeat({ device: "page1", onReply() {} })
heart.start()
"""
HIDE = """
Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true })
document.dispatchEvent(new Event("visibilitychange"))
"""


@pytest.fixture
def start(page, run_js):
    """A function that starts the heart of a page whose beats with these numbers are lost, and returns one that lets seconds
    pass and tells of all beats [(seconds after the first, active, promise)]."""

    def begin(*lost):
        page.clock.install()
        page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)
        run_js("heartbeat.js", START, list(lost))

        def after(seconds):
            page.clock.run_for(seconds * 1000)
            beats = page.evaluate("beats")
            return [(round((one["at"] - beats[0]["at"]) / 1000), one["active"], one["next"]) for one in beats]

        return after

    return begin


def moves(page):
    page.evaluate("dispatchEvent(new Event('pointermove'))")


def test_a_page_beats_every_25_seconds_and_tells_of_input_once(page, start):
    after = start()
    after(30)
    moves(page)
    assert after(50) == [(0, True, 25), (25, False, 25), (50, True, 25), (75, False, 25)]


def test_the_first_beat_is_repeated_soon_when_it_was_lost_and_polls_name_the_page_only_then(page, start):
    after = start(0)
    after(1)
    assert page.evaluate("heart.isHeard") is False
    assert after(2) == [(0, True, 25), (2, True, 25)]
    assert page.evaluate("heart.isHeard") is True


def test_a_page_that_hides_while_the_beat_is_lost_beats_again_as_if_it_was_visible(page, start):
    after = start(1)
    after(10)
    page.evaluate(HIDE)
    assert after(90) == [(0, True, 25), (10, False, 60), (35, False, 60), (95, False, 60)]


def test_input_after_minutes_without_any_is_told_at_once_and_soon_again_when_the_beat_is_lost(page, start):
    after = start(10)
    after(240)
    moves(page)
    assert after(4)[-3:] == [(225, False, 25), (240, True, 25), (242, True, 25)]


def test_who_comes_back_from_idle_is_told_of_at_once_but_not_more_often_than_every_3_seconds(page, start):
    after = start()
    page.evaluate("window.status = 'idle'")
    after(26)
    for _ in range(4):
        moves(page)
        after(1)
    assert [at for at, _, _ in after(10)] == [0, 25, 28, 31]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_polls_name_their_page_only_when_it_was_heard_so_that_nobody_comes_as_away(site):
    cast, polls = site.cast, []
    site.expected.append(re.compile("ERR_FAILED"))  # what the test cuts off by itself
    ana = site.page()
    ana.on("request", lambda request: polls.append("device=" in request.url) if "/api/updates" in request.url else None)
    ana.route("**/api/heartbeat", lambda route: route.abort())
    site.open(cast.ana, f"/groups/{cast.den}", page=ana)
    ana.wait_for_timeout(300)
    assert polls == [False]
    assert seen(cast.ben, cast.ana) == "offline"
    ana.unroute("**/api/heartbeat")
    with ana.expect_response("**/api/heartbeat"):
        pass
    cast.app.extensions["feed"].look()  # another worker, which has no tail here
    assert seen(cast.ben, cast.ana) == "online"
    with ana.expect_request("**/api/updates?*"):
        ana.evaluate("dispatchEvent(new Event('online'))")
    assert polls[-1] is True
