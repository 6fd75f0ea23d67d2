"""The signs of presence are told apart by their shapes alone, and each has words of its own."""

import base64
from itertools import combinations

import pytest

SIGNS = ("online", "idle", "away", "offline", "dnd", "unknown")
LEAST = 0.06  # of a sign's pixels are dark in one and light in the other
# Which pixels of a picture are nearer to its darkest than to its lightest; colours count by their lightness only.
SHAPE = """async (picture) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + picture)).blob())
  const pen = new OffscreenCanvas(image.width, image.height).getContext("2d")
  pen.drawImage(image, 0, 0)
  const { data } = pen.getImageData(0, 0, image.width, image.height)
  const light = Array.from({ length: data.length / 4 }, (_, at) => 0.2126 * data[at * 4] + 0.7152 * data[at * 4 + 1] + 0.0722 * data[at * 4 + 2])
  const middle = (Math.min(...light) + Math.max(...light)) / 2
  return light.map((value) => value > middle)
}"""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_signs_differ_without_any_colour(site, new_page, theme):
    page = site.open(site.cast.ana, f"/groups/{site.cast.den}", color_scheme=theme, device_scale_factor=4)
    canvas = new_page()  # a blank page, whose rules let it read pictures
    sign = page.locator("[data-part=own-presence]")
    page.locator("[data-part=own-avatar]").evaluate("avatar => { avatar.style.visibility = 'hidden' }")
    shapes = {}
    for status in SIGNS:
        sign.evaluate("(sign, status) => { sign.dataset.status = status }", status)
        shapes[status] = canvas.evaluate(SHAPE, _picture(sign))
    for one, other in combinations(SIGNS, 2):
        different = sum(a != b for a, b in zip(shapes[one], shapes[other], strict=True)) / len(shapes[one])
        assert different > LEAST, f"{one} and {other} look alike: {different:.0%}"


def _picture(sign):
    return base64.b64encode(sign.screenshot()).decode()


def test_each_sign_has_words_of_its_own(run_js):
    words = run_js("views/person.js", "return argument.map(m.statusWord)", list(SIGNS))
    assert words == ["Online", "Idle", "Away", "Offline", "Do not disturb", "Presence unknown"]


def test_do_not_disturb_lies_over_who_is_here_and_never_over_who_is_not(run_js):
    body = """
      const state = { me: { id: "me" }, connection: { presence_known: true } }
      return argument.map((auto_status) => m.shownStatus(state, { id: "you", auto_status, do_not_disturb: true }))
    """
    assert run_js("views/person.js", body, ["online", "idle", "away", "offline"]) == ["dnd", "dnd", "dnd", "offline"]
