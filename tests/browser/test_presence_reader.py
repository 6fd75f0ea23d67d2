"""What is shown of oneself: the answers to one's own beats lift it, re-reading lowers it."""

import pytest

ANA, BEN = "ana", "ben"
SET_UP = """
const [ANA, BEN] = ["ana", "ben"]
const person = (auto_status) => ({ auto_status, manual_status: null, do_not_disturb: false, last_seen: null, last_seen_precision: null })
const { Store } = await import(location.origin + "/js/store.js")
const store = new Store({ me: { id: ANA }, users: { [ANA]: person("idle"), [BEN]: person("idle") }, connection: {} })
const reader = new m.PresenceReader(store, { isWatched: () => false, cursor: () => "cursor" })
document.body.innerHTML = `<i data-presence-of="${ANA}"></i><i data-presence-of="${BEN}"></i>`
let now = performance.now()
performance.now = () => now
let held = null
window.fetch = async () => {
  await held
  const presence = [ANA, BEN].map((user_id) => ({ user_id, ...person("away") }))
  return new Response(JSON.stringify({ presence }), { headers: { "Content-Type": "application/json" } })
}
const shown = () => [ANA, BEN].map((id) => store.state.users[id].auto_status)
"""


@pytest.fixture
def reader(run_js):
    """A function that runs JavaScript with a PresenceReader, to whom every answer says that both are away."""
    return lambda body: run_js("presence_reader.js", SET_UP + body)


def test_a_beat_lifts_what_is_shown_of_oneself_and_never_lowers_it(reader):
    body = """return ["offline", "away", "idle", "online", "idle"].map((auto_status) => {
      reader.lift({ auto_status })
      return shown()[0]
    })"""
    assert reader(body) == ["idle", "idle", "idle", "online", "online"]


def test_what_a_worker_read_before_a_beat_does_not_lower_oneself(reader):
    body = """
    reader.lift({ auto_status: "online" })
    now += 5_000
    await reader.read()
    const soon = shown()
    now += 5_000
    await reader.read()
    return [soon, shown()]
    """
    assert reader(body) == [["online", "away"], ["away", "away"]]


def test_nor_does_an_answer_that_was_under_way_when_the_beat_was_answered(reader):
    body = """
    let answer
    held = new Promise((resolve) => (answer = resolve))
    const reading = reader.read()
    now += 20_000
    reader.lift({ auto_status: "online" })
    answer()
    await reading
    return shown()
    """
    assert reader(body) == ["online", "away"]


def test_nor_when_the_beat_said_what_is_shown_already(reader):
    body = """
    reader.lift({ auto_status: "idle" })
    await reader.read()
    return shown()
    """
    assert reader(body) == ["idle", "away"]
