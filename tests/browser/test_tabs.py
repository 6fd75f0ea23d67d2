"""The tabs of one browser share one poll; it passes on when its tab closes."""

import pytest
from databases import sqlite_only
from playwright.sync_api import expect
from visitors import messages, texts

TABS = 4


@pytest.fixture
def polls(site):
    """A function that returns, for the pages it was given so far, those that hold a poll now; it is to be given each first."""
    held = {}

    def begun(request):
        if "/api/updates" in request.url:
            held[request] = request.frame.page

    def watch(*pages):
        for page in pages:
            page.on("request", begun)
            for ended in ("requestfinished", "requestfailed"):
                page.on(ended, lambda request: held.pop(request, None))
        return [page for page in held.values() if not page.is_closed()]

    return watch


def one_of(polls, pages):
    """Return the one page that holds a poll, as soon as there is one; check that there are never two."""
    for _ in range(500):
        holders = polls()
        assert len(holders) <= 1
        if holders:
            return holders[0]
        pages[0].wait_for_timeout(10)
    raise AssertionError("nobody polls")


@sqlite_only
def test_all_tabs_of_a_browser_hold_one_poll_hear_everything_and_pass_it_on(site, polls):
    cast, said = site.cast, []
    first = site.page()
    polls(first)
    tabs = [site.open(cast.ana, f"/groups/{cast.den}", page=first)]
    while len(tabs) < TABS:
        tab = site.page(first.context)
        polls(tab)
        tabs.append(site.open(cast.ana, f"/groups/{cast.den}", page=tab))
    leaders = []
    while tabs:
        leader = one_of(polls, tabs)
        leaders.append(leader)
        for text in ("to all", "and again"):
            said.append(f"{text}, {len(tabs)} tabs")
            cast.ben.say(said[-1], group=cast.den)
            for tab in tabs:
                expect(messages(tab)).to_have_count(len(said))
                assert texts(tab) == said
            assert one_of(polls, tabs) is leader
        tabs.remove(leader)
        leader.close()
        said.append(f"while the poll passes on to {len(tabs)} tabs")
        cast.ben.say(said[-1], group=cast.den)
    assert leaders[0] is first and len(set(leaders)) == TABS
