"""What a WSGI server serves: ``gunicorn -c python:chatapp.server wsgi:app``."""

from chatapp import create_app

app = create_app()
