"""How every JSON route is declared: who may call it, what it takes, what it returns. The same declaration parses the
input and writes the documentation, so that they cannot differ."""

import json
import re
from functools import wraps
from typing import ClassVar

from flask import Response, request
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from ...errors import BadRequest, Invalid
from ...identity import require_asker
from ...json_text import json_text

ANYONE, SIGNED_IN = "anyone", "signed in"
MOST_DEPTH = 16
MOST_QUERY_CHARACTERS = 8 * 1024
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")  # PostgreSQL takes no NUL, UTF-8 no half of a pair


class Body(BaseModel):
    """The parent of every request body: exact types, no unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """The parent of every query string: text is converted, unknown parameters are refused.

    ``opaque`` parameters are never stored or searched for; whoever reads them says what is wrong with them.
    """

    model_config = ConfigDict(extra="forbid")
    opaque: ClassVar[frozenset] = frozenset()


def route(blueprint, method, rule, *, who, body=None, query=None, returns=None, status=200):
    """Declare a JSON route. The view gets ``asker`` (when ``who`` is SIGNED_IN), ``body`` and ``query``, and returns a dict
    or its JsonText, (dict, status), None for 204, or a whole Response. ``returns`` names what is in the dict, for the documentation."""

    def declare(view):
        @wraps(view)
        def parsed(**arguments):
            if who == SIGNED_IN:
                arguments["asker"] = require_asker()
            given = _given_query(query or Query)
            if query is not None:
                arguments["query"] = given
            if body is not None:
                arguments["body"] = _read_body(body)
            return _reply(view(**arguments), status)

        parsed.declaration = {"who": who, "body": body, "query": query, "returns": returns, "status": status, "summary": view.__doc__}
        parsed.declaration |= {"method": method, "rule": rule, "view": view}
        blueprint.add_url_rule(rule, endpoint=view.__name__, view_func=parsed, methods=[method])
        return parsed

    return declare


def json_response(body, status=200):
    """Return a dict as a JSON reply."""
    return Response(json_text(body), status, mimetype="application/json")


def _reply(result, status):
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status=204)
    if isinstance(result, tuple):
        return json_response(*result)
    return json_response(result, status)


def _given_query(model):
    if len(request.query_string) > MOST_QUERY_CHARACTERS:
        raise BadRequest("The query string is too long.")
    return read_query(model, request.args.to_dict(flat=False))


def read_query(model, given):
    """Return what a query string says, as a Query: {name: [values]}. Raises BadRequest, Invalid."""
    repeated = {name: "Give this once." for name, values in given.items() if len(values) > 1}
    if repeated:
        raise BadRequest("A parameter is given twice.", errors=repeated)
    values = {name: values[0] for name, values in given.items()}
    _refuse_unstorable({name: value for name, value in values.items() if name not in model.opaque})
    return _validated(model.model_validate, values)


def _read_body(model):
    if request.method == "DELETE" and not request.content_type and not request.content_length:
        return read_json(model, b"{}")  # most clients send nothing with a DELETE
    if not request.is_json:
        raise UnsupportedMediaType("Send the body as application/json.")
    raw = request.get_data()
    if request.content_length is None and len(raw) >= request.max_content_length:  # Werkzeug cuts off what does not tell its size
        raise RequestEntityTooLarge
    return read_json(model, raw)


def read_json(model, raw):
    """Return what bytes of JSON say, as a Body. Raises BadRequest, Invalid."""
    _refuse_odd_json(raw)
    return _validated(model.model_validate_json, raw)


def _validated(validate, given):
    try:
        return validate(given)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        fields = {".".join(map(str, one["loc"])) or "body": one["msg"] for one in found}
        raise BadRequest("Some fields are missing, unknown or of the wrong type.", errors=fields) from None


def _refuse_odd_json(raw):
    """Refuse what parsers read in different ways: repeated keys, NaN, and nesting without bound."""
    try:
        parsed = json.loads(raw, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadRequest("The body is not plain JSON.", code="bad_json") from None
    if _depth(parsed) > MOST_DEPTH:
        raise BadRequest(f"The body is nested deeper than {MOST_DEPTH} levels.", code="bad_json")
    _refuse_unstorable(parsed)


def _refuse_unstorable(given, at=()):
    """Refuse texts that no database can hold, wherever they are meant to go: a search or a login too."""
    if isinstance(given, str) and UNSTORABLE.search(given):
        raise Invalid(errors={".".join(at) or "body": "There is a character in it that cannot be stored, such as a NUL."})
    if isinstance(given, dict):
        for name, value in given.items():
            _refuse_unstorable(name, at)
            _refuse_unstorable(value, (*at, name))
    elif isinstance(given, list):
        for index, value in enumerate(given):
            _refuse_unstorable(value, (*at, str(index)))


def _unique(pairs):
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("repeated key")
    return dict(pairs)


def _refuse_constant(name):
    raise ValueError(name)


def _depth(value):
    level, depth = [value], 0
    while level:
        depth += 1
        level = [inner for outer in level if isinstance(outer, (dict, list)) for inner in (outer.values() if isinstance(outer, dict) else outer)]
    return depth
