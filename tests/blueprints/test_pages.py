"""The HTML pages: who gets which, and where they lead."""

import uuid

import pytest

from chatapp.blueprints.pages import local_path
from chatapp.clock import clock
from chatapp.extensions import db

ELSEWHERE = [
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\\/evil.example",
    "https://evil.example", "http:evil.example", "https:/evil.example", "https:///evil.example", "HTTPS://evil.example", "evil.example",
    "javascript:alert(1)", "JavaScript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x", "mailto:x@evil.example",
    "/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "/\r\n/evil.example", "\t//evil.example", " //evil.example", "\n//evil.example",
    "/\0/evil.example", "\x00//evil.example", "/\x7f/evil.example", "/ /evil.example", "//evil.example/%2f..", "//evil.example@localhost",
    "https://localhost@evil.example", "//localhost:80@evil.example", "http://[", "//[", "//\u2100.example", "\u2028//evil.example", "\ufeff//evil.example",
    "@evil.example", ".evil.example", "?next=//evil.example", "#//evil.example", "..//evil.example", "./\\evil.example", "%2f%2fevil.example",
    "\uff0f\uff0fevil.example", "*", "~", "//", "/\\", "\\", "//\\", "/\\\\", "",
]  # fmt: skip
LOCAL = [
    "/",
    "/groups/x",
    "/join/0?a=b#c",
    "/people/1?next=//evil.example",
    "/x//y",
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "/@evil.example",
    "/é",
    "/:80",
    "/[",
]


@pytest.fixture
def invite(cast):
    """Return the id of a valid invite into the den."""
    return cast.ana.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600})["invite"]["id"]


def visit(app, path, person=None):
    """Return the reply to a browser that asks for a page."""
    client = app.test_client()
    if person:
        client.set_cookie("chatapp", person.token)
    return client.get(path)


def test_before_the_first_account_every_page_leads_to_set_up(app):
    for path in ("/", "/groups/x", "/people/x", "/devices", "/sign-in"):
        assert visit(app, path).location == "/setup"
    assert "Make the first account" in visit(app, "/setup").text


def test_a_stranger_signs_in_first_and_then_comes_to_where_they_wanted(cast):
    assert visit(cast.app, "/").location == "/sign-in"
    assert visit(cast.app, "/setup").location == "/sign-in"
    first = visit(cast.app, f"/groups/{cast.den}?around=3")
    assert first.status_code == 302
    page = visit(cast.app, first.location)
    assert f'data-next="/groups/{cast.den}?around=3"' in page.text
    assert visit(cast.app, first.location, cast.ana).location == f"/groups/{cast.den}?around=3"


def test_who_is_signed_in_gets_the_chat_whatever_conversation_the_address_names(cast):
    for path in ("/", f"/groups/{cast.den}", f"/people/{cast.ben.id}", "/devices", "/groups/nonsense"):
        page = visit(cast.app, path, cast.ana)
        assert page.status_code == 200
        assert 'data-part="composer"' in page.text or "js/main.js" in page.text
    assert visit(cast.app, "/sign-in", cast.ana).location == "/"


def test_the_shell_of_the_chat_is_the_same_for_everybody(cast):
    assert visit(cast.app, "/", cast.ana).data == visit(cast.app, f"/groups/{cast.den}", cast.dan).data


@pytest.mark.parametrize("address", ELSEWHERE)
def test_signing_in_never_leads_to_another_site(address):
    assert local_path(address) == "/"


@pytest.mark.parametrize("address", LOCAL)
def test_signing_in_leads_back_to_any_page_of_this_one(address):
    assert local_path(address) == address


def test_the_sign_in_page_takes_no_odd_address_for_an_answer(cast):
    for address in ELSEWHERE:
        for person in (None, cast.ana):
            client = cast.app.test_client()
            if person:
                client.set_cookie("chatapp", person.token)
            reply = client.get("/sign-in", query_string={"next": address})
            assert reply.location == "/" if person else 'data-next="/"' in reply.text, address


@pytest.mark.parametrize("path", ["/", "/groups/x", "/people/x", "/devices", "/setup", "/sign-in", "/join/{invite}", "/join/nonsense", "/reset/x"])
def test_a_page_asks_who_is_there_before_it_holds_a_connection(cast, second_app, invite, monkeypatch, path):
    feed, held = second_app.extensions["feed"], []
    with second_app.app_context():
        pool = db.engine.pool
    read = feed.reader.device

    def reading(token_hash):
        held.append(pool.checkedout())
        return read(token_hash)

    monkeypatch.setattr(feed.reader, "device", reading)
    assert visit(second_app, path.format(invite=invite), cast.ben).status_code in (200, 302, 404)
    assert held in ([], [0])


@pytest.mark.jobs_off_and_on
def test_expired_revoked_unknown_and_nonsense_invites_show_one_and_the_same_page(cast, invite, jobs, monkeypatch):
    revoked = cast.ana.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600})["invite"]["id"]
    cast.ana.delete(f"/api/invites/{revoked}")
    cast.ana.delete(f"/api/groups/{cast.group('gone', cast.ana)}")
    assert visit(cast.app, f"/join/{invite}").status_code == 200
    beginning = clock.seconds
    monkeypatch.setattr(clock, "seconds", lambda: beginning() + 3601)
    jobs.tick()
    pages = [visit(cast.app, f"/join/{one}") for one in (invite, revoked, uuid.uuid4(), "nonsense", "%00", "0" * 36, invite.upper(), "é", "'--")]
    assert {page.status_code for page in pages} == {404}
    assert {page.data for page in pages} == {pages[0].data}
    assert {tuple(page.headers) for page in pages} == {tuple(pages[0].headers)}
    assert "no longer valid" in pages[0].text
    assert cast.den not in pages[0].text


@pytest.mark.jobs_off_and_on
def test_an_invite_page_tells_what_it_leads_to_and_asks_each_for_what_they_need(cast, invite):
    stranger, ben = visit(cast.app, f"/join/{invite}"), visit(cast.app, f"/join/{invite}", cast.ben)
    assert stranger.status_code == ben.status_code == 200
    for page in (stranger, ben):
        assert "Join den" in page.text
        assert "Ana Sousa" in page.text
        assert "3 people are in it" in page.text
    assert 'data-form="join"' in stranger.text
    assert f"/sign-in?next=/join/{invite}" in stranger.text
    assert 'data-form="accept"' in ben.text


def test_names_in_pages_are_text(cast, invite):
    attack = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
    cast.ana.patch(f"/api/groups/{cast.den}", {"name": attack})
    cast.ana.patch("/api/me", {"name": attack[:64]})
    page = visit(cast.app, f"/join/{invite}").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page
    reset = visit(cast.app, "/reset/%22%3E%3Cscript%3Ealert(1)%3C").text
    assert "<script>alert" not in reset


def test_a_reset_page_says_nothing_of_whether_its_token_is_good(cast):
    good, other = visit(cast.app, "/reset/" + "a" * 43), visit(cast.app, "/reset/" + "b" * 43)
    assert good.text.replace("a" * 43, "") == other.text.replace("b" * 43, "")
