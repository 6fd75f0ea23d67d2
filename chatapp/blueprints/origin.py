"""Writes that another site makes a browser send are refused."""

from urllib.parse import urlsplit

from flask import current_app, request

from ..errors import BadRequest, Forbidden

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class CrossSite(Forbidden):
    """A write that does not come from this site's own pages."""

    code = "cross_site"
    detail = "This request comes from another site. Open the chat itself and try again."


def install(app):
    """Judge every request before its door is opened."""
    app.before_request(check_host)
    app.before_request(check_origin)


def check_host():
    """Raise BadRequest for another name than PUBLIC_URL's, where that is set."""
    wanted = current_app.config["PUBLIC_URL"]
    if wanted and request.host != urlsplit(wanted).netloc and request.path != "/healthz":
        raise BadRequest("This server answers under another name.", code="wrong_host")


def check_origin():
    """Raise CrossSite for a write from elsewhere: by Sec-Fetch-Site where the browser sends it, else by Origin; scripts send neither."""
    if request.method in SAFE_METHODS:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    let_in = site == "same-origin" if site is not None else origin is None or _ours(origin)
    if not let_in:
        raise CrossSite


def _ours(origin):
    public = current_app.config["PUBLIC_URL"]
    if public:  # the scheme too: what a listener on the way put into a page of plain http is another site
        return origin == public
    # Without it a proxy may have taken https away: host and port must do.
    return request.host != "" and origin in (f"http://{request.host}", f"https://{request.host}")
