"""What a WSGI server serves: ``gunicorn -c python:chatapp.server wsgi:app``."""

from chatapp import create_app
from chatapp.greenlets import patch_drivers

patch_drivers()
app = create_app()
