"""From a domain error to a reply: application/problem+json (RFC 9457) under /api, a page elsewhere."""

import logging
import math
from http import HTTPStatus

import sqlalchemy as sa
from flask import Response, json, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from ..errors import DomainError, Unavailable
from ..extensions import db

MACHINE_PATHS = ("/api/", "/healthz")
HTTP_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "not_json", 500: "server_error"}

log = logging.getLogger(__name__)


def install(app):
    """Answer every error of the application in one form."""
    app.register_error_handler(DomainError, domain_error)
    app.register_error_handler(HTTPException, http_error)
    for away in (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError):
        app.register_error_handler(away, database_away)
    app.register_error_handler(Exception, unexpected)


def domain_error(error):
    """Answer a refusal."""
    return problem(error.status, error.code, error.detail, errors=error.errors, retry_after=error.retry_after)


def http_error(error):
    """Answer an error of the HTTP layer, keeping headers such as Allow."""
    code = HTTP_CODES.get(error.code, HTTPStatus(error.code).phrase.lower().replace(" ", "_"))
    response = problem(error.code, code, error.description)
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def database_away(error):
    """Answer that the database cannot be reached; the next request tries anew."""
    log.error("the database is away: %s", error.__class__.__name__)
    db.session.rollback()
    return domain_error(Unavailable())


def unexpected(error):
    """Answer a defect of this program, and log it."""
    log.exception("unexpected error in %s %s", request.method, request.url_rule)
    return problem(500, "server_error", "Something went wrong here. It has been logged.")


def problem(status, code, detail, *, errors=None, retry_after=None):
    """Return a problem reply."""
    title = HTTPStatus(status).phrase
    if request.path.startswith(MACHINE_PATHS):
        body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}
        if errors:
            body["errors"] = errors
        response = _json(body, status)
    else:
        response = _page(title, status, detail)
    if retry_after is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(retry_after)))
    return response


def _json(body, status):
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def _page(title, status, detail):
    return make_response(render_template("errors/problem.html", status=status, title=title, detail=detail), status)
