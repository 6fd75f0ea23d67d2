"""Static files under addresses that change with their content, so that browsers may keep them for ever."""

import base64
import hashlib
import json
from pathlib import Path

from markupsafe import Markup

VERSION_CHARACTERS = 12


class Assets:
    """The static folder: a version for each file, and the import map that gives ES modules their versioned addresses."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.versions = {str(path.relative_to(self.folder)): _digest(path.read_bytes()) for path in sorted(self.folder.rglob("*")) if path.is_file()}
        self.import_map = ""
        self.import_map_hash = ""

    def write_import_map(self, address):
        """Write the map from the addresses that modules import to versioned ones; ``address`` makes the latter."""
        scripts = [name for name in self.versions if name.endswith(".js")]
        imports = {f"/static/{name}": address(name) for name in scripts}
        self.import_map = json.dumps({"imports": imports}, separators=(",", ":"))
        digest = hashlib.sha256(self.import_map.encode()).digest()
        self.import_map_hash = "sha256-" + base64.b64encode(digest).decode()


def install(app):
    """Give templates ``asset(name)`` and ``import_map``."""
    assets = app.extensions["assets"] = Assets(app.static_folder)

    def asset(name):
        """Return a static file's versioned address. Raises KeyError for a file that does not exist."""
        return f"{app.static_url_path}/{name}?v={assets.versions[name]}"

    assets.write_import_map(asset)
    app.jinja_env.globals.update(asset=asset, import_map=Markup(assets.import_map))


def _digest(content):
    return hashlib.sha256(content).hexdigest()[:VERSION_CHARACTERS]
