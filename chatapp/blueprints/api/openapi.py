"""OpenAPI 3.1, written from the routes' own declarations."""

import re

from flask import Blueprint, current_app
from pydantic.json_schema import models_json_schema

from ...json_text import JsonText, json_text
from .layer import ANYONE, SIGNED_IN, json_response, route
from .replies import Problem

TEMPLATE = "#/components/schemas/{model}"

blueprint = Blueprint("api_openapi", __name__)


@route(blueprint, "GET", "/openapi.json", who=ANYONE)
def get_openapi():
    """This description."""
    known = current_app.extensions
    if "openapi" not in known:  # it takes as long as many messages, anybody may ask, and while a worker lives it stays as it is
        known["openapi"] = JsonText(json_text(describe(current_app)))
    return json_response(known["openapi"])


def install(app):
    """Put the description under /api."""
    app.register_blueprint(blueprint, url_prefix="/api")


def declared_routes(app):
    """Yield (rule, declaration) of every JSON route."""
    for rule in app.url_map.iter_rules():
        declaration = getattr(app.view_functions[rule.endpoint], "declaration", None)
        if declaration is not None:
            yield rule, declaration


def describe(app):
    """Return the OpenAPI document of an application."""
    routes = list(declared_routes(app))
    models = {Problem} | {found[part] for _, found in routes for part in ("body", "query", "returns") if found[part]}
    _, schemas = models_json_schema([(model, "validation") for model in sorted(models, key=lambda one: one.__name__)], ref_template=TEMPLATE)
    paths = {}
    for rule, declaration in sorted(routes, key=lambda one: one[0].rule):
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            paths.setdefault(path, {})[method.lower()] = _operation(rule, declaration)
    return {
        "openapi": "3.1.0",
        "info": {"title": "chatapp", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}, "cookie": {"type": "apiKey", "in": "cookie", "name": "chatapp"}},
        },
    }


def _operation(rule, declaration):
    operation = {
        "operationId": rule.endpoint.rpartition(".")[2],
        "summary": (declaration["summary"] or "").strip().split("\n")[0],
        "parameters": [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in sorted(rule.arguments)],
        "responses": {
            str(declaration["status"]): _content("Done.", declaration["returns"]),
            "default": {"description": "A problem.", "content": {"application/problem+json": {"schema": _reference(Problem)}}},
        },
    }
    if declaration["who"] == SIGNED_IN:
        operation["security"] = [{"bearer": []}, {"cookie": []}]
    if declaration["body"]:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _reference(declaration["body"])}}}
    if declaration["query"]:
        operation["parameters"] += _query_parameters(declaration["query"])
    return operation


def _query_parameters(model):
    schema = model.model_json_schema(ref_template=TEMPLATE)
    required = schema.get("required", ())
    return [{"name": name, "in": "query", "required": name in required, "schema": part} for name, part in schema["properties"].items()]


def _content(description, model):
    if model is None:
        return {"description": description}
    return {"description": description, "content": {"application/json": {"schema": _reference(model)}}}


def _reference(model):
    return {"$ref": TEMPLATE.format(model=model.__name__)}
