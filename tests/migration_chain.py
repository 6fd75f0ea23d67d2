"""Migrations that come after the program's own, for tests: a copy of its folder with more of them in it."""

import shutil

from chatapp.config import ROOT

SCRIPT = """
from alembic import op

revision, down_revision = "{revision}", "{before}"


def upgrade():
    {up}


def downgrade():
    {down}
"""


HEAD = max(path.name for path in (ROOT / "migrations/versions").glob("*.py"))[:4]  # the program's own newest revision


def after(steps):
    """Return the revision so many steps after the program's own newest."""
    return f"{int(HEAD) + steps:04}"


def chain(folder, *steps):
    """Return the folder of a copy of the migrations, continued by (up, down) pairs of SQL statements."""
    copy = shutil.copytree(ROOT / "migrations", folder / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    before = HEAD
    for up, down in steps:
        revision = f"{int(before) + 1:04}"
        script = SCRIPT.format(revision=revision, before=before, up=f"op.execute({up!r})", down=f"op.execute({down!r})")
        (copy / "versions" / f"{revision}_step.py").write_text(script)
        before = revision
    return copy
