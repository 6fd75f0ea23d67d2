"""What a WSGI server serves: ``gunicorn -c python:chatapp.server wsgi:app``."""

import os
import sys

from chatapp import create_app
from chatapp.config import BadSetting
from chatapp.greenlets import patch_drivers

os.umask(0o077)  # what this program writes is for its own account only
try:
    app = create_app()
except BadSetting as error:
    print(f"chatapp: {error}", file=sys.stderr)
    sys.exit(3)  # the code by which gunicorn knows that another worker would fail alike
patch_drivers()
