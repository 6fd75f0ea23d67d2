"""The product with one more address, ``/hello``: a Flask route that answers a little JSON. What every figure is compared with."""

from flask import Flask

from wsgi import app

bare = Flask("bare")
product = app.wsgi_app


@bare.get("/hello")
def hello():
    """Answer as little as an application can."""
    return {"hello": "world"}


def either(environ, start_response):
    """Answer ``/hello`` by the bare application, everything else by the product."""
    return (bare if environ["PATH_INFO"] == "/hello" else product)(environ, start_response)


app.wsgi_app = either
