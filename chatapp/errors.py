"""Domain errors. Plain exceptions that know their status and code; turning one into a reply is the blueprints' work."""


class DomainError(Exception):
    """A refusal with a stable ``code`` for programs, a ``detail`` for people and an HTTP ``status``.

    ``errors`` maps a field to what is wrong with it; ``retry_after`` is in seconds.
    """

    status = 400
    code = "bad_request"
    detail = "The request could not be understood."

    def __init__(self, detail=None, *, code=None, errors=None, retry_after=None):
        self.detail = detail or self.detail
        self.code = code or self.code
        self.errors = errors
        self.retry_after = retry_after
        super().__init__(self.detail)


class BadRequest(DomainError):
    """The request is not of the form that the call takes."""


class BadCursor(DomainError):
    """The cursor is malformed or was sealed with another key."""

    code = "bad_cursor"
    detail = "This cursor is not readable. Fetch /api/state and go on from its cursor."


class Unauthorized(DomainError):
    """Nobody is signed in."""

    status = 401
    code = "unauthorized"
    detail = "Sign in first."


class Forbidden(DomainError):
    """The asker may see the thing but not do this to it."""

    status = 403
    code = "forbidden"
    detail = "You may not do this."


class NotFound(DomainError):
    """The thing does not exist, or the asker may not know that it does."""

    status = 404
    code = "not_found"
    detail = "There is nothing here."


class Conflict(DomainError):
    """The deed contradicts what is already stored."""

    status = 409
    code = "conflict"
    detail = "This contradicts what is already stored."


class Resync(Conflict):
    """The cursor cannot be continued: another epoch, the future, or older than what is kept."""

    code = "resync"
    detail = "This cursor cannot be continued. Fetch /api/state and go on from its cursor."


class Invalid(DomainError):
    """A field has a value that the rules refuse; ``errors`` names it."""

    status = 422
    code = "invalid"
    detail = "Some fields need another look."


class Throttled(DomainError):
    """Too many tries; ``retry_after`` says when the next one is looked at."""

    status = 429
    code = "throttled"
    detail = "Too many tries. Wait a moment and try again."


class Unavailable(DomainError):
    """The program cannot answer truthfully right now, mostly because the database is away."""

    status = 503
    code = "unavailable"
    detail = "The server cannot reach its database. Try again in a moment."

    def __init__(self, detail=None, *, retry_after=2, **more):
        super().__init__(detail, retry_after=retry_after, **more)


class Overloaded(Unavailable):
    """More is asked than can be done; what was refused was not begun."""

    code = "overloaded"
    detail = "The server has more to do than it can. Try again in a moment."
