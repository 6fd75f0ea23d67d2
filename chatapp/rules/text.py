"""What texts may look like: names, usernames, addresses, messages, passwords. Each returns the tidy value or raises Invalid."""

import re
import unicodedata

from ..errors import Invalid

MESSAGE_CHARACTERS = 10_000
NAME_CHARACTERS = 64
GROUP_NAME_CHARACTERS = 100
STATUS_CHARACTERS = 100
EMAIL_CHARACTERS = 254
PASSWORD_CHARACTERS = (12, 128)
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
# What overrides the reading direction or shows nothing: in a name it only serves to look like another one. Joiners, marks
# of direction and isolates stay: scripts and emoji need them.
UNSEEN = re.compile(r"[\u00ad\u200b\u202a-\u202e\u2060-\u2064\ufeff]")
# Controls but tab and line feed: a NUL cannot be stored by PostgreSQL, the others only serve to confuse.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ud800-\udfff]")


def message_content(text):
    """Return a message's text with line ends as line feeds and outer blank lines gone."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    _refuse_controls("content", text)
    text = text.strip("\n")
    if not text.strip():
        raise _invalid("content", "Write something first.")
    if len(text) > MESSAGE_CHARACTERS:
        raise _invalid("content", f"A message has at most {MESSAGE_CHARACTERS:,} characters; this one has {len(text):,}.")
    return text


def person_name(text):
    """Return a person's name, single-spaced."""
    return _one_line("name", text, NAME_CHARACTERS)


def group_name(text):
    """Return a group's name, single-spaced."""
    return _one_line("name", text, GROUP_NAME_CHARACTERS)


def device_name(text):
    """Return the name of a device or token, single-spaced."""
    return _one_line("name", text, NAME_CHARACTERS)


def manual_status(text):
    """Return a status text, single-spaced; None or blank clears it."""
    return _one_line("manual_status", text, STATUS_CHARACTERS) if text and text.strip() else None


def username(text):
    """Return a username in lower case: 2 to 32 of a-z, 0-9, dot, hyphen, underscore, first a letter or digit."""
    tidy = text.strip().lower()
    if not USERNAME.fullmatch(tidy):
        raise _invalid("username", "Use 2 to 32 letters a-z, digits, dots, hyphens or underscores, starting with a letter or digit.")
    return tidy


def email(text):
    """Return an address in lower case. Only its form is judged: a self-hosted server may have addresses such as ana@localhost."""
    tidy = unicodedata.normalize("NFKC", text).strip().lower()
    local, at, domain = tidy.partition("@")
    if not (local and domain) or "@" in domain or any(c.isspace() for c in tidy) or CONTROLS.search(tidy) or len(tidy) > EMAIL_CHARACTERS:
        raise _invalid("email", "This does not look like an email address, such as ana@example.org.")
    return tidy


def password(text, *, personal=(), field="password"):
    """Return a new password as it is hashed (NFKC, so that keyboards agree; NIST SP 800-63B). ``personal``: words it must not be."""
    tidy = unicodedata.normalize("NFKC", text)
    least, most = PASSWORD_CHARACTERS
    if len(tidy) < least:
        raise _invalid(field, f"Use at least {least} characters; a few words in a row make a good password.")
    if len(tidy) > most:
        raise _invalid(field, f"Use at most {most} characters.")
    if len(set(tidy)) < 5 or tidy.lower() in {word.lower() for word in personal if word}:
        raise _invalid(field, "This password is too easy to guess.")
    return tidy


def _one_line(field, text, most):
    _refuse_controls(field, text)
    tidy = " ".join(UNSEEN.sub("", text).split())
    if not tidy:
        raise _invalid(field, "This cannot be empty.")
    if len(tidy) > most:
        raise _invalid(field, f"Use at most {most} characters.")
    return tidy


def _refuse_controls(field, text):
    if CONTROLS.search(text):
        raise _invalid(field, "There is a character in it that cannot be stored, such as a NUL.")


def _invalid(field, what):
    return Invalid(errors={field: what})
