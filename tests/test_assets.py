"""Static files under addresses that change with their content."""

import base64
import hashlib
import json
import re
from pathlib import Path

from chatapp.assets import Assets

LINKED = re.compile(r'(?:src|href|data-unread)="(/static/[^"]+)"')
IMPORTED = re.compile(r'(?:from|import)\s*\(?\s*["\']([^"\']+)["\']')


def test_an_address_changes_with_its_files_content_and_with_nothing_else(tmp_path):
    (tmp_path / "js").mkdir()
    script, style = tmp_path / "js" / "a.js", tmp_path / "b.css"
    script.write_text("1")
    style.write_text("2")
    first = Assets(tmp_path).versions
    assert set(first) == {"js/a.js", "b.css"}
    script.touch()
    assert Assets(tmp_path).versions == first
    script.write_text("3")
    later = Assets(tmp_path).versions
    assert later["js/a.js"] != first["js/a.js"]
    assert later["b.css"] == first["b.css"]


def test_the_import_map_gives_every_script_its_version_and_is_known_by_its_hash(app, client):
    assets = app.extensions["assets"]
    scripts = {name for name in assets.versions if name.endswith(".js")}
    imports = json.loads(assets.import_map)["imports"]
    assert imports == {f"/static/{name}": f"/static/{name}?v={assets.versions[name]}" for name in scripts}
    shown = re.search(r'<script type="importmap">(.*?)</script>', client.get("/setup").text, re.DOTALL).group(1)
    assert base64.b64encode(hashlib.sha256(shown.encode()).digest()).decode() == assets.import_map_hash.removeprefix("sha256-")


def test_everything_that_pages_link_is_there_and_may_be_kept_for_ever(cast):
    invite = cast.ana.post(f"/api/groups/{cast.den}/invites", {"expires_in": 3600})["invite"]["id"]
    client = cast.app.test_client()
    pages = [client.get(path).text for path in ("/sign-in", f"/join/{invite}", "/join/x", "/reset/x", "/nowhere")]
    client.set_cookie("chatapp", cast.ana.token)
    pages.append(client.get("/").text)
    linked = {address for page in pages for address in LINKED.findall(page)}
    assert len(linked) > 10
    for address in linked:
        with client.get(address) as reply:
            assert (reply.status_code, reply.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable"), address


def test_every_import_of_a_script_is_a_script_of_ours(app):
    folder = Path(app.static_folder)
    for path in folder.rglob("*.js"):
        for wanted in IMPORTED.findall(path.read_text()):
            if wanted.startswith((".", "/")):
                there = folder / wanted.removeprefix("/static/") if wanted.startswith("/") else (path.parent / wanted).resolve()
                assert there.is_file(), f"{path.name} imports {wanted}"
        assert "http://" not in path.read_text().replace("http://www.w3.org/", ""), path.name


def test_an_address_of_a_file_that_is_not_there_is_a_mistake_that_shows(app):
    with app.test_request_context():
        try:
            app.jinja_env.globals["asset"]("js/nowhere.js")
        except KeyError:
            return
    raise AssertionError("an address was made for nothing")
