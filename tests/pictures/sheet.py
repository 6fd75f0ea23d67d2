"""One contact sheet of all pictures of a theme."""

import base64
import re

TILE = {1440: 480, 1024: 400, 360: 190}


def write(browser, folder, theme):
    """Write FOLDER/sheet-THEME.png: a row a state, a column a width."""
    rows = {}
    for path in sorted(folder.glob(f"*-{theme}.png")):
        if found := re.fullmatch(rf"(.+)-(\d+)-{theme}\.png", path.name):
            rows.setdefault(found.group(1), {})[int(found.group(2))] = path
    page = browser.new_page(viewport={"width": sum(TILE.values()) + 220, "height": 800})
    page.set_content(
        "<style>body{font:14px sans-serif;margin:20px}tr{vertical-align:top}img{border:1px solid #888}</style><table>"
        + "".join(map(row, rows.items()))
    )
    page.wait_for_timeout(500)
    page.screenshot(path=folder / f"sheet-{theme}.png", full_page=True)
    page.close()


def row(state):
    """Return the HTML of one state's row."""
    name, pictures = state
    return f"<tr><td>{name}</td>" + "".join(f"<td>{image(pictures[width], width)}</td>" for width in TILE if width in pictures) + "</tr>"


def image(path, width):
    return f'<img width="{TILE[width]}" src="data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}">'
