"""What is shown of what people write: as text, never as markup; and told to those who do not look at the screen."""

import re

import pytest
from playwright.sync_api import expect
from visitors import link, messages, texts

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MARKUP = '<script>window.broken = 1</script><img src=x onerror="window.broken = 2"><b>bold</b>'
WRITTEN = {
    "see https://example.org/a?b=c#d.": ["https://example.org/a?b=c#d"],
    "http://a.test (mailto:ana@example.org)": ["http://a.test", "mailto:ana@example.org"],
    "javascript:alert(1) data:text/html,x file:///etc/passwd ftp://a.test": [],
    'https://example.org/"><script>window.broken=3</script>': ["https://example.org/"],
}


def test_markup_is_shown_as_text_and_only_safe_addresses_are_links(site):
    cast = site.cast
    cast.ben.patch("/api/me", {"name": f"Ben {MARKUP[:40]}"})
    cast.ben.put("/api/me/status", {"manual_status": MARKUP})
    group = cast.ben.post("/api/groups", {"name": MARKUP, "member_ids": [cast.ana.id]})["group"]["id"]
    for text in (MARKUP, *WRITTEN):
        cast.ben.say(text, group=group)
    page = site.open(cast.ana, f"/groups/{group}")
    assert texts(page) == [MARKUP, *WRITTEN]
    expect(page.locator("[data-part=header] [data-part=name]")).to_have_text(MARKUP)
    expect(link(page, MARKUP)).to_be_visible()
    expect(messages(page).first.locator("[data-part=author]")).to_have_text(f"Ben {MARKUP[:40]}")
    expect(messages(page).first.locator("[data-part=status]")).to_have_text(MARKUP)
    for row, links in zip(messages(page).all()[1:], WRITTEN.values(), strict=True):
        found = row.locator("[data-part=content] a")
        assert [one.get_attribute("href") for one in found.all()] == links
        assert all(one.get_attribute("rel") == "noopener noreferrer nofollow" and one.get_attribute("target") == "_blank" for one in found.all())
    assert page.locator("[data-part=layout] :is(img, script, [data-part=content] b, [data-part=name] b, [data-part=status] b)").count() == 0
    assert page.evaluate("window.broken") is None


def test_edited_deleted_and_very_long_messages_say_so_and_new_ones_are_announced(site):
    cast = site.cast
    long = "\n".join(["0123456789" * 10] * 90)[:10_000]
    edited, deleted, _ = (cast.ben.say(text, group=cast.den) for text in ("first", "second", long))
    ana = site.open(cast.ana, f"/groups/{cast.den}")
    said = ana.locator("[data-part=announcer]")
    expect(said).to_have_attribute("aria-live", "polite")

    cast.ben.patch(f"/api/messages/{edited['id']}", {"content": "first, but better"})
    cast.ben.delete(f"/api/messages/{deleted['id']}", status=200)
    expect(messages(ana).nth(0)).to_contain_text("first, but better (edited)")
    expect(messages(ana).nth(1)).to_contain_text("This message was deleted.")
    expect(ana.get_by_text("second")).to_have_count(0)
    expect(said).to_be_empty()

    folded = messages(ana).nth(2).locator("[data-part=content]")
    lines = "element => element.getBoundingClientRect().height / parseFloat(getComputedStyle(element).lineHeight)"
    assert len(long) > 9_000
    assert 39 < folded.evaluate(lines) < 41
    messages(ana).nth(2).get_by_role("button", name="Show all").click()
    assert folded.evaluate(lines) >= 90
    messages(ana).nth(2).get_by_role("button", name="Show less").click()
    assert folded.evaluate(lines) < 41

    cast.ben.say("not for this place", to=cast.ana.id)
    expect(link(ana, "Ben Okoro").locator("[data-part=badge]")).to_have_text("1")
    expect(said).to_be_empty()
    cast.ben.say("are you there?", group=cast.den)
    expect(said).to_have_text("Ben Okoro: are you there?")
    cast.ana.say("my own, from my phone", group=cast.den)
    expect(messages(ana).last).to_contain_text("from my phone")
    expect(said).to_have_text("Ben Okoro: are you there?")


STUB = """
window.notes = []
window.looking = true
document.hasFocus = () => window.looking
window.Notification = class {
  static permission = "default"
  static requestPermission = async () => (window.asked = true, (Notification.permission = "granted"))
  constructor(title, options) { window.notes.push([title, options.body]); window.last = this }
  close() {}
}
"""


def test_notifications_come_only_when_chosen_and_only_for_what_is_not_looked_at(site):
    cast = site.cast
    ana = site.page()
    ana.add_init_script(STUB)
    site.open(cast.ana, f"/groups/{cast.hall}", page=ana)

    def hears(text, place, looking=False):
        """Let Ben say something; return the notes that the page has shown by the time it is there."""
        ana.evaluate("(looking) => { window.looking = looking; window.notes = [] }", looking)
        number = cast.ben.say(text, **place)["number"]
        name = "Ben Okoro" if "to" in place else "den" if place["group"] == cast.den else "Everyone"
        badge = link(ana, name).locator("[data-part=badge]")
        expect(messages(ana).last if name == "Everyone" else badge).to_contain_text(text if name == "Everyone" else str(number))
        return ana.evaluate("window.notes")

    direct, den, hall = {"to": cast.ana.id}, {"group": cast.den}, {"group": cast.hall}
    assert hears("unasked", direct) == []
    ana.locator("[data-action=own-menu]").click()
    choice = ana.get_by_label("Notify me about")
    expect(choice).to_have_value("off")
    choice.select_option("direct")
    ana.wait_for_function("window.asked")
    ana.keyboard.press("Escape")
    assert hears("just you", direct) == [["Ben Okoro", "just you"]]
    assert hears("all of you", den) == []
    ana.locator("[data-action=own-menu]").click()
    choice.select_option("all")
    ana.keyboard.press("Escape")
    assert hears("again", den) == [["Ben Okoro in den", "again"]]
    assert hears("in sight", hall, looking=True) == []
    assert hears("out of sight", hall) == [["Ben Okoro in Everyone", "out of sight"]]
    assert hears("while I look elsewhere", den, looking=True) == [["Ben Okoro in den", "while I look elsewhere"]]
    ana.evaluate("window.last.onclick()")
    expect(ana).to_have_url(re.compile(f"/groups/{cast.den}#message-3$"))
    expect(messages(ana).last).to_contain_text("while I look elsewhere")
