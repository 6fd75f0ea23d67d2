"""The HTML pages: shells that scripts fill. What is shown comes from the same JSON that anybody may ask for."""

from flask import Blueprint, redirect, render_template, request, url_for

from .. import access
from ..errors import NotFound
from ..identity import asker

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
@blueprint.get("/groups/<group_id>")
@blueprint.get("/people/<user_id>")
@blueprint.get("/devices")
def chat(**_ids):
    """The chat; which conversation is open is the address's and the script's matter."""
    if asker() is None:
        return redirect(_first_page())
    return render_template("chat/show.html")


@blueprint.get("/setup")
def setup():
    """The first account."""
    if access.has_accounts():
        return redirect(url_for("pages.sign_in"))
    return render_template("signed_out/setup.html")


@blueprint.get("/sign-in")
def sign_in():
    """Signing in; who is signed in goes on."""
    if asker() is not None:
        return redirect(local_path(request.args.get("next")))
    if not access.has_accounts():
        return redirect(url_for("pages.setup"))
    return render_template("signed_out/sign_in.html", next=local_path(request.args.get("next")))


@blueprint.get("/join/<invite_id>")
def join(invite_id):
    """Where an invite leads. Expired, revoked and unknown ones show one and the same page."""
    signed_in = asker() is not None  # asked first: it may read by a connection of its own, and nobody is to hold two
    try:
        invite = access.invite_preview(invite_id)
    except NotFound:
        return render_template("signed_out/invite_invalid.html"), 404
    return render_template("signed_out/join.html", invite=invite, signed_in=signed_in)


@blueprint.get("/reset/<token>")
def reset(token):
    """Choosing a new password by a one-time link."""
    return render_template("signed_out/reset.html", token=token)


def local_path(address):
    """Return an address if it is a path of this server, else "/": a sign-in page must not send people elsewhere."""
    address = address or "/"
    odd = "\\" in address or any(ord(letter) < 33 or ord(letter) == 127 for letter in address)
    local = address.startswith("/") and not address.startswith("//")
    return address if local and not odd else "/"


def _first_page():
    if not access.has_accounts():
        return url_for("pages.setup")
    here = request.full_path.rstrip("?")
    return url_for("pages.sign_in", next=here) if here != "/" else url_for("pages.sign_in")
