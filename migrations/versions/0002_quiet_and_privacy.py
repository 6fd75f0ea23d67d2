"""Do not disturb, privacy of last seen, whether one may be invisible, where devices signed in; views for reports."""

import importlib.util
from pathlib import Path

revision = "0002"
down_revision = "0001"

FIRST = importlib.util.spec_from_file_location("first_schema", Path(__file__).with_name("0001_first_schema.py"))
first = importlib.util.module_from_spec(FIRST)
FIRST.loader.exec_module(first)


def upgrade():
    for part in ("columns", "views"):
        first.run(f"0002_{part}")


def downgrade():
    first.run("0002_down")
