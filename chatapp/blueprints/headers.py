"""Headers of every reply: what a browser may do with it, and that nobody else keeps it."""

from flask import current_app, request

PAGE_POLICY = (
    "default-src 'none'; script-src 'self' '{import_map}'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
SECRET_PATHS = ("/join/", "/reset/", "/setup")
YEAR_SECONDS = 31_536_000


def install(app):
    """Put the headers on every reply of the application."""
    app.after_request(set_headers)


def set_headers(response):
    """Return the reply with its headers."""
    headers = response.headers
    for name, value in ALWAYS.items():
        headers[name] = value
    headers["Referrer-Policy"] = "no-referrer" if request.path.startswith(SECRET_PATHS) else "same-origin"
    page = response.mimetype == "text/html"
    headers["Content-Security-Policy"] = PAGE_POLICY.format(import_map=current_app.extensions["assets"].import_map_hash) if page else DATA_POLICY
    headers["Cache-Control"] = _keeping(response)
    if request.endpoint != "static":
        response.vary.add("Cookie")
    if (current_app.config["PUBLIC_URL"] or "").startswith("https://"):
        headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}; includeSubDomains"
    return response


def _keeping(response):
    """Return who may keep a reply: a file under its versioned address anybody, for ever; all else nobody."""
    if request.endpoint != "static" or response.status_code not in (200, 304):
        return "no-store"
    # Only this very version: an address of the next one, asked of a worker that still has this one, must not stick for ever.
    version = current_app.extensions["assets"].versions.get(request.view_args["filename"])
    return f"public, max-age={YEAR_SECONDS}, immutable" if request.args.get("v") == version else "no-cache"
