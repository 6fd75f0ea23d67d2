"""The picture of the results: how long a delivery takes and what the workers use, over the number of clients that wait."""

import json
from datetime import date
from pathlib import Path

import pygal
from pygal.style import Style

RESULTS = Path(__file__).parent / "results.jsonl"
PICTURE = Path(__file__).parent / "deliveries.svg"
LINES = (("p50", "from send to heard, p50, ms"), ("p99", "p99, ms"))
STYLE = Style(background="#ffffff", plot_background="#ffffff", font_family="sans-serif", colors=("#2f6fdd", "#c2410c", "#15803d"))


def record(result):
    """Add the result of a row to the results file."""
    with RESULTS.open("a") as file:
        file.write(json.dumps({"date": date.today().isoformat(), **{name: _short(value) for name, value in result.items()}}) + "\n")


def draw(kind="sqlite", way="stream"):
    """Draw the newest result for each number of clients. Returns the path of the picture."""
    found = (json.loads(line) for line in RESULTS.read_text().splitlines())
    newest = {one["clients"]: one for one in found if (one["database"], one["way"]) == (kind, way)}
    clients = sorted(newest)
    chart = pygal.Line(
        title="Held polls in rooms of 50; each second one message for every 50 clients",
        logarithmic=True,
        y_labels=[5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
        truncate_legend=-1,
        x_title="clients that wait",
        style=STYLE,
        width=800,
        height=420,
        legend_at_bottom=True,
        js=[],
        no_prefix=True,
        value_formatter=lambda value: f"{value:,.0f}",
        disable_xml_declaration=True,
    )
    chart.x_labels = [f"{one:,}" for one in clients]
    for name, label in LINES:
        chart.add(label, [newest[one][name] for one in clients])
    chart.add("processor time of the workers, % of a core", [100 * newest[one]["cores"] for one in clients])
    PICTURE.write_text(chart.render(is_unicode=True))
    return PICTURE


def _short(value):
    return round(value, 3) if isinstance(value, float) else value
