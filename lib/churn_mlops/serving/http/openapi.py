"""What the service says of itself: OpenAPI with the fields, types, ranges and the example of the model that answers."""

import churn_mlops
from churn_mlops.serving.asked import Field
from churn_mlops.serving.asked.fields import MOST
from churn_mlops.serving.asked.reading import LONGEST, TRUTHS
from churn_mlops.serving.http.errors import JSON
from churn_mlops.serving.loading import Loaded
from churn_mlops.serving.service import ROWS

TEXT, NUMBER, GAP = {"type": "string"}, {"type": "number"}, {"type": "null"}
MEANINGS = {
    400: "No JSON in UTF-8, or an object with a key that stands twice.",
    401: "A key is needed.",
    404: "There is no such thing.",
    408: "The body did not come in time.",
    413: "More than is read at once.",
    415: "No application/json.",
    421: "Asked under a name that this service does not answer to without keys.",
    422: "Fields that break a rule, each with the rule and its value.",
    429: "Too many requests at once.",
    503: "No model answers, or its answer could not be logged, or it took too long.",
}
KEYS = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "browser": {"type": "http", "scheme": "basic"},
}
REASONS = {
    "name": "reasons",
    "in": "query",
    "description": "Whether the three strongest reasons are told.",
    "schema": {"type": "boolean", "default": False},
}


def describe_api(loaded: Loaded, keyed: bool = False) -> dict:
    """The OpenAPI description of the service as this model answers it."""
    reader, example = loaded.answering.reader, loaded.example["request"]
    row = row_schema(reader.fields, reader.beside, example)
    described = {
        "openapi": "3.1.0",
        "info": {
            "title": f"Churn of {loaded.dataset}",
            "version": churn_mlops.__version__,
            "description": f"Model {loaded.version}, SHA-256 {loaded.digest}.",
        },
        "paths": {**_asking(example), **_telling()},
        "components": {"schemas": {"Row": row, **_schemas(), **_explained()}, "securitySchemes": KEYS},
    }
    return described | ({"security": [{name: []} for name in KEYS]} if keyed else {})


def row_schema(fields: list[Field], beside: tuple[str, ...], example: dict | None) -> dict:
    """A row as it may be asked."""
    properties = {of.name: field_schema(of) for of in fields}
    others = {name: {"type": ["string", "null"], "maxLength": LONGEST} for name in beside[1:]}
    id = {"type": ["string", "integer", "null"], "maxLength": LONGEST, "minimum": 1 - 2**63, "maximum": 2**63 - 1}
    properties |= {beside[0]: id | {"description": "The customer; goes to the log, no model reads it."}, **others}
    schema = {
        "type": "object",
        "properties": properties,
        "required": [of.name for of in fields],
        "additionalProperties": False,
    }
    return schema | ({"examples": [example]} if example else {})


def field_schema(of: Field) -> dict:
    """One field: type, range, unit, and the levels that training has seen."""
    if of.kind == "category":
        kinds = ["string", "boolean", "null"] if set(of.levels) >= set(TRUTHS.values()) else ["string", "null"]
        known = ", ".join(of.levels[:20]) + (", ..." if len(of.levels) > 20 else "")
        told = f"{of.label}. Seen in training: {known}. Another level is answered and flagged."
        return {"type": kinds, "maxLength": LONGEST, "description": told, "examples": list(of.levels[:20])}
    if of.kind == "date":
        told = f"{of.label}: YYYY-MM-DD, or days since {of.since}."
        return {"anyOf": [{"type": "string", "format": "date"}, _bounded(of), GAP], "description": told}
    unit = f", {of.unit}" if of.unit else ""
    seen = f" Seen in training: {of.low:g} to {of.high:g}; beyond is answered and flagged." if of.low <= of.high else ""
    return {**_bounded(of), "type": ["number", "null"], "description": f"{of.label}{unit}.{seen}"}


def _bounded(of: Field) -> dict:
    schema = {"type": "number"}
    if of.least > -MOST:
        schema["minimum"] = of.least
    if of.most < MOST:
        schema["maximum"] = of.most
    return schema


def _asking(example) -> dict:
    """The routes that ask the model."""
    body = {"schema": _ref("Row"), **({"example": example} if example else {})}
    many = {"type": "object", "required": ["rows"], "additionalProperties": False}
    many["properties"] = {"rows": {"type": "array", "items": _ref("Row"), "minItems": 1, "maxItems": ROWS}}
    errors = (400, 401, 408, 413, 415, 421, 422, 429, 503)
    return {
        "/predict": {"post": _operation("predict", "One customer", "Answer", errors, body, [REASONS])},
        "/explain": {"post": _operation("explain", "One customer, with reasons", "Explanation", errors, body)},
        "/predict/batch": {
            "post": _operation("predict_batch", f"Up to {ROWS:,} customers", "Answers", errors, {"schema": many})
        },
    }


def _telling() -> dict:
    """The routes that tell of the service."""
    errors = (401, 421, 429, 503)
    figures = _operation("metrics", "Figures for Prometheus", None, errors[:-1])
    figures["responses"]["200"] = {
        "description": "As Prometheus reads it.",
        "content": {"text/plain": {"schema": TEXT}},
    }
    return {
        "/model": {"get": _operation("model", "Which model answers", "Model", errors)},
        "/health": {"get": {**_operation("health", "The process is alive", "Health", (421, 429)), "security": []}},
        "/ready": {"get": {**_operation("ready", "A verified champion answers", "Ready", (421, 429)), "security": []}},
        "/metrics": {"get": figures},
    }


def _operation(id: str, summary: str, answer: str | None, errors, body=None, parameters=()) -> dict:
    told = {str(status): _answer(MEANINGS[status], "Error") for status in errors}
    told["200"] = _answer(summary, answer or "Error")
    if id == "ready":
        told["503"] = _answer("No verified champion answers.", "Ready")
    operation = {"operationId": id, "summary": summary, "responses": told}
    if body:
        operation["requestBody"] = {"required": True, "content": {JSON.decode(): body}}
    return operation | ({"parameters": list(parameters)} if parameters else {})


def _answer(meaning: str, schema: str) -> dict:
    return {"description": meaning, "content": {JSON.decode(): {"schema": _ref(schema)}}}


def _ref(name: str) -> dict:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(items: dict) -> dict:
    return {"type": "array", "items": items}


def _object(required: dict, more: dict | None = None) -> dict:
    return {"type": "object", "properties": {**required, **(more or {})}, "required": list(required)}


def _schemas() -> dict:
    problem = _object({"field": TEXT, "rule": TEXT, "value": TEXT}, {"row": {"type": "integer", "minimum": 0}})
    identity = {"version": TEXT, "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}
    answered = {
        "id": {"type": "string", "pattern": "^p[0-9a-f]{32}$"},
        "probability": {"type": "number", "minimum": 0, "maximum": 1},
        "decision": {"enum": ["contact", "leave"]},
        "expected_profit": {"type": ["number", "null"], "description": "Of an offer; null where not known."},
    }
    unusual = {"unusual": _list(_ref("Problem"))}
    reason = _object({"reason": TEXT, "contribution": {**NUMBER, "description": "To the log-odds."}, "field": TEXT})
    return {
        "Problem": problem,
        "Error": _object({"status": {"type": "integer"}, "error": TEXT, "problems": _list(_ref("Problem"))}),
        "Answer": _object({**answered, **identity}, {**unusual, "reasons": _list(_ref("Reason"))}),
        "Reason": reason,
        "Answers": _object({**identity, "answers": _list(_object(answered, unusual))}),
        "Model": _object({**identity, "dataset": TEXT, "path": {"enum": ["compiled", "scikit-learn"]}}),
        "Health": _object({"alive": {"const": True}}),
        "Ready": _object({"ready": {"type": "boolean"}}),
    }


def _explained() -> dict:
    lower = _object({"field": TEXT, "label": TEXT, "from": TEXT, "to": TEXT, "probability": NUMBER})
    more = _object({"lower": _list(lower), "offer": {"type": "object"}, "reasons": _list(_ref("Reason"))})
    return {"Explanation": {"allOf": [_ref("Answer"), more]}}
