"""Every setting, its default and its meaning. The only reader of the environment."""

import contextlib
import os
import secrets
import stat
from pathlib import Path
from urllib.parse import urlsplit

from .errors import DomainError

ROOT = Path(__file__).resolve().parent.parent

# name: default. Settings that hosts already use keep the names that hosts use.
DEFAULTS = {
    "DATABASE_URL": None,  # None: SQLite in the instance folder; postgres:// and postgresql:// mean PostgreSQL by psycopg2
    "DATABASE_URL_DIRECT": None,  # PostgreSQL past a pooler, for LISTEN and the scheduler's lease; None: DATABASE_URL
    "DATABASE_URL_REPLICA": None,  # a standby of that PostgreSQL, which may answer for history and search; None: there is none
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
SECRET_CHARACTERS, SECRET_KINDS = 32, 8  # at least so long, of at least so many different ones
CHOICES = {
    "SCHEDULER": ("on", "off"),
    "OPEN_REGISTRATION": ("on", "off"),
    "WORKER_CLASS": ("gevent", "gthread"),
    "FEED": ("auto", "manual"),
    "PASSWORD_COST": ("normal", "test"),
}
NUMBERS = {"TRUSTED_PROXIES": (0, 16), "PORT": (0, 65535), "WEB_CONCURRENCY": (1, 1024)}
PORTS = {"http": 80, "https": 443}
PUBLIC_URL_FORM = "PUBLIC_URL must look like https://chat.example.org."


class BadSetting(DomainError):
    """A setting has a value that the program refuses to start with."""

    code = "bad_setting"


def load(settings=None):
    """Return all settings as a dict for ``app.config``: ``settings`` over the environment over the defaults.

    Raises BadSetting. Creates the instance folder and, where none is configured, the secret key in it.
    """
    given = {name: os.environ[name] for name in DEFAULTS if os.environ.get(name)}
    config = {**DEFAULTS, **given, **(settings or {})}
    instance = instance_folder(config["INSTANCE"])
    config["INSTANCE"] = str(instance)
    config["DATABASE_URL"] = database_url(config["DATABASE_URL"], instance)
    config["DATABASE_URL_DIRECT"] = database_url(config["DATABASE_URL_DIRECT"] or config["DATABASE_URL"], instance)
    config["DATABASE_URL_REPLICA"] = replica_url(config["DATABASE_URL_REPLICA"], config["DATABASE_URL"], instance)
    config["SECRET_KEY"] = secret_key(config["SECRET_KEY"], instance)
    config["PUBLIC_URL"] = public_url(config["PUBLIC_URL"])
    config |= {name: number(name, config[name]) for name in NUMBERS} | {name: choice(name, config[name]) for name in CHOICES}
    config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    config["SQLALCHEMY_DATABASE_URI"] = config["DATABASE_URL"]
    return config


def environment(**more):
    """Return the environment for a program that this one runs, with more in it."""
    return {**os.environ, **more}


def instance_folder(given):
    """Return the folder of the database file, the secret key and the locks, made where it is missing.

    Raises BadSetting for one that everybody may write to: whoever can replace the key or the database owns the chat.
    """
    folder = Path(given or ROOT / "instance")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & stat.S_IWOTH:
        raise BadSetting(f"Everybody may write to the folder {folder}. Say  chmod o-w {folder}  or choose another INSTANCE.")
    return folder


def is_open_to_the_net(config):
    """Tell whether other machines may reach the server by plain http: passwords then travel in the clear."""
    loopback = config["BIND"].startswith(("unix:", "127.", "localhost", "[::1]", "::1"))
    return not loopback and not (config["PUBLIC_URL"] or "").startswith("https://")


def server_settings():
    """Return what the web server needs before an application exists: address, workers, worker class. Raises BadSetting."""
    config = load()
    bind = config["BIND"] if config["BIND"].startswith("unix:") else f"{config['BIND']}:{config['PORT']}"
    return {"bind": bind, "workers": config["WEB_CONCURRENCY"], "worker_class": config["WORKER_CLASS"]}


def number(name, text):
    """Return a setting that is a whole number. Raises BadSetting."""
    least, most = NUMBERS[name]
    text = str(text).strip()
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise BadSetting(f"{name} must be a whole number from {least} to {most}, not {text!r}.")
    return int(text)


def choice(name, text):
    """Return a setting that is one of a few words. Raises BadSetting."""
    word = text.strip().lower()
    if word not in CHOICES[name]:
        raise BadSetting(f"{name} must be {' or '.join(CHOICES[name])}, not {text!r}.")
    return word


def database_url(text, instance):
    """Return the SQLAlchemy URL that a DATABASE_URL means; SQLAlchemy alone would take psycopg 3 for postgresql://. A file that
    is not named from the root lies in the instance folder. Raises BadSetting."""
    if not text:
        return f"sqlite:///{instance.absolute() / 'chatapp.db'}"
    scheme, colon, rest = text.partition("://")
    if scheme in ("postgres", "postgresql", "postgresql+psycopg2"):
        return f"postgresql+psycopg2://{rest}"
    if scheme == "sqlite" and rest.startswith("/") and rest.strip("/") not in ("", ":memory:"):
        return f"sqlite:///{instance.absolute() / rest[1:]}"
    told = f", not {scheme}://" if colon else ""  # without a scheme it may be anything, a password too
    raise BadSetting(f"DATABASE_URL must start with postgresql:// or be sqlite:///path/to/file{told}.")


def replica_url(text, of, instance):
    """Return the SQLAlchemy URL of a standby, or None. Raises BadSetting where the database is no PostgreSQL."""
    found = database_url(text, instance) if text else None
    if found and "sqlite" in (found.partition(":")[0], of.partition(":")[0]):
        raise BadSetting("DATABASE_URL_REPLICA must start with postgresql://, and so must DATABASE_URL.")
    return found


def public_url(text):
    """Return PUBLIC_URL as browsers write it (lower case, no slash, no usual port), or None. Raises BadSetting unless it is
    http(s)://host[:port]."""
    if not text:
        return None
    try:
        parts = urlsplit(text.strip().lower())
        port = parts.port
    except ValueError:
        raise BadSetting(PUBLIC_URL_FORM) from None
    if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment:
        raise BadSetting(PUBLIC_URL_FORM)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, PORTS[parts.scheme]) else "")


def secret_key(given, instance):
    """Return the configured key, or the one kept in the instance folder, made on first use. Raises BadSetting."""
    if given:
        if not _strong(given):
            raise BadSetting(f"SECRET_KEY needs at least {SECRET_CHARACTERS} random characters; leave it unset to have one made.")
        return given
    path = instance / "secret_key"
    draft = instance / f".secret_key.{os.getpid()}.{secrets.token_hex(4)}"
    if not path.exists():
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # fails where another worker was first: all then read the same key
        draft.unlink()
    kept = path.read_text().strip()
    if not _strong(kept):
        raise BadSetting(f"The secret key in {path} is damaged. Delete the file to have one made; cursors and set-up links made before end.")
    return kept


def _strong(key):
    return len(key) >= SECRET_CHARACTERS and len(set(key)) >= SECRET_KINDS
