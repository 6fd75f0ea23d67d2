"""The application's wiring: settings, extensions, doors. No logic, no routes."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from . import assets, cli, identity, jobs
from .admission import Admission
from .blueprints import register_blueprints
from .config import ROOT, load
from .extensions import bind_database, bind_migrations, db, login_manager
from .updates import Feed


def build(settings=None):
    """Return the application. ``settings`` override the environment (see config.py). Raises config.BadSetting."""
    app = Flask("chatapp")
    app.config.update(load(settings))
    app.json.sort_keys = False
    app.extensions["admission"] = Admission()
    bind_database(app)
    bind_migrations(app, ROOT / "migrations")
    login_manager.init_app(app)
    with app.app_context():
        app.extensions["feed"] = Feed(db.engine, app.config, app.extensions["admission"])
    identity.install(app)
    assets.install(app)
    register_blueprints(app)
    jobs.install(app)
    cli.install(app)
    if app.config["TRUSTED_PROXIES"]:
        hops = app.config["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
    return app
