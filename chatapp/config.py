"""Every setting, its default and its meaning. The only reader of the environment."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from .errors import DomainError

ROOT = Path(__file__).resolve().parent.parent

# name: default. Settings that hosts already use keep the names that hosts use.
DEFAULTS = {
    "DATABASE_URL": None,  # None: SQLite in the instance folder; postgres:// and postgresql:// mean PostgreSQL by psycopg2
    "DATABASE_URL_DIRECT": None,  # PostgreSQL past a pooler, for LISTEN and the scheduler's lease; None: DATABASE_URL
    "SECRET_KEY": None,  # None: made once in the instance folder
    "PUBLIC_URL": None,  # how people reach the server, as in https://chat.example.org
    "TRUSTED_PROXIES": "0",  # how many reverse proxies in front set X-Forwarded-For
    "SCHEDULER": "on",  # off: web workers run no jobs, `flask worker` does
    "OPEN_REGISTRATION": "off",  # on: people may register without an invite
    "INSTANCE": None,  # folder of the database file, the secret key and the lock files
    "BIND": "127.0.0.1",
    "PORT": "8000",
    "WEB_CONCURRENCY": "2",
    "WORKER_CLASS": "gevent",  # gthread works too
    "FEED": "auto",  # manual: the tail is stepped by hand (tests)
    "PASSWORD_COST": "normal",  # test: cheap hashes, for tests only
}
MAX_BODY_BYTES = 64 * 1024
WEAK_SECRETS = {"changeme", "change-me", "secret", "dev", "development", "password"}


class BadSetting(DomainError):
    """A setting has a value that the program refuses to start with."""

    code = "bad_setting"


def load(settings=None):
    """Return all settings as a dict for ``app.config``: ``settings`` over the environment over the defaults.

    Raises BadSetting. Creates the instance folder and, where none is configured, the secret key in it.
    """
    given = {name: os.environ[name] for name in DEFAULTS if os.environ.get(name)}
    config = {**DEFAULTS, **given, **(settings or {})}
    instance = Path(config["INSTANCE"] or ROOT / "instance")
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    config["INSTANCE"] = str(instance)
    config["DATABASE_URL"] = database_url(config["DATABASE_URL"], instance)
    config["DATABASE_URL_DIRECT"] = database_url(config["DATABASE_URL_DIRECT"] or config["DATABASE_URL"], instance)
    config["SECRET_KEY"] = secret_key(config["SECRET_KEY"], instance)
    config["PUBLIC_URL"] = public_url(config["PUBLIC_URL"])
    config["TRUSTED_PROXIES"] = int(config["TRUSTED_PROXIES"])
    config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    config["SQLALCHEMY_DATABASE_URI"] = config["DATABASE_URL"]
    return config


def server_settings():
    """Return what the web server needs before an application exists: address, workers, worker class."""
    read = {name: os.environ.get(name) or DEFAULTS[name] for name in ("BIND", "PORT", "WEB_CONCURRENCY", "WORKER_CLASS")}
    bind = read["BIND"] if read["BIND"].startswith("unix:") else f"{read['BIND']}:{read['PORT']}"
    return {"bind": bind, "workers": int(read["WEB_CONCURRENCY"]), "worker_class": read["WORKER_CLASS"]}


def database_url(text, instance):
    """Return the SQLAlchemy URL that a DATABASE_URL means; SQLAlchemy alone would take psycopg 3 for postgresql://."""
    if not text:
        return f"sqlite:///{instance / 'chatapp.db'}"
    scheme, colon, rest = text.partition("://")
    if scheme in ("postgres", "postgresql", "postgresql+psycopg2"):
        return f"postgresql+psycopg2://{rest}"
    if scheme == "sqlite" and rest.strip("/") not in ("", ":memory:"):
        return text
    raise BadSetting(f"DATABASE_URL must start with postgresql:// or be sqlite:///path/to/file, not {scheme!r}.")


def public_url(text):
    """Return PUBLIC_URL without a trailing slash, or None. Raises BadSetting unless it is http(s)://host[:port]."""
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise BadSetting("PUBLIC_URL must look like https://chat.example.org.")
    return f"{parts.scheme}://{parts.netloc}"


def secret_key(given, instance):
    """Return the configured key, or the one kept in the instance folder, made on first use. Raises BadSetting."""
    if given:
        if len(given) < 32 or given.lower() in WEAK_SECRETS:
            raise BadSetting("SECRET_KEY needs at least 32 random characters; leave it unset to have one made.")
        return given
    path = instance / "secret_key"
    draft = instance / f".secret_key.{os.getpid()}.{secrets.token_hex(4)}"
    if not path.exists():
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(draft, path)  # fails where another worker was first: all then read the same key
        except FileExistsError:
            pass
        draft.unlink()
    return path.read_text().strip()
