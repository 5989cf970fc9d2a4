"""What APIFlask's OpenAPI 3.1 document does not know by itself: credentials, problems, and the idempotency header."""

from typing import Any

from apiflask import APIFlask

from ...settings import Settings

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "retryable", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "retryable": {"type": "boolean"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("pointer", "code", "message")},
            },
        },
    },
}
MOVES = frozenset(
    (
        "/_store/api/orders",
        "/v1/claims/{claim_id}/decide",
        "/v1/orders",
        "/v1/refunds",
        "/v1/platform/payout-runs",
        "/v1/platform/payout-runs/{run_id}/approve",
        "/v1/platform/payout-runs/{run_id}/cancel",
        "/v1/platform/payout-runs/{run_id}/results",
        "/v1/platform/suppliers/{supplier_id}/deposit/return",
        "/v1/platform/wallet-credits",
        "/v1/platform/withdrawals/{withdrawal_id}/decide",
        "/v1/supplier/advances",
        "/v1/supplier/deposit",
        "/v1/supplier/withdrawals",
        "/v1/wallet/top-ups",
        "/v1/withdrawals",
    )
)
"""Calls that move money or goods: their Idempotency-Key is required."""

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHEETS = {"text/csv": _BINARY, _XLSX: _BINARY}
_KEY_LIST = {
    "type": "object",
    "required": ["keys"],
    "properties": {"keys": {"type": "array", "minItems": 1, "items": {"type": "string", "maxLength": 4096}}},
}
SENT: dict[tuple[str, str], dict[str, Any]] = {
    ("/v1/supplier/imports", "post"): _SHEETS,
    ("/v1/supplier/offers/{offer_id}/keys", "post"): {"application/json": {"schema": _KEY_LIST}, **_SHEETS},
    ("/v1/themes", "post"): {"application/zip": _BINARY},
    ("/v1/supplier/offers/{offer_id}/file", "put"): {"application/octet-stream": _BINARY},
}
"""Bodies that are not shapes."""
ANSWERED: dict[str, dict[str, Any]] = {
    "/v1/statements": _SHEETS,
    "/v1/supplier/statements": _SHEETS,
    "/v1/supplier/imports/template": _SHEETS,
}
"""Answers that are, or may be, files."""
_FILENAME = {"name": "filename", "in": "query", "schema": {"type": "string", "minLength": 1, "maxLength": 200}}

REFUSALS = {
    "400": "Malformed, or without an Idempotency-Key",
    "401": "No valid API key",
    "402": "The wallet does not hold enough",
    "403": "Not allowed",
    "404": "Not found",
    "409": "The state does not allow it",
    "412": "Changed by somebody else",
    "413": "Too large",
    "415": "Not a supported content type",
    "422": "Not valid",
    "429": "Too many requests",
    "503": "Temporarily unavailable",
}


def register(app: APIFlask, settings: Settings) -> None:
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        SERVERS=[{"url": settings.public_url}],
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        AUTO_404_RESPONSE=False,
    )
    app.spec_processor(complete)  # pyright: ignore[reportArgumentType] - our document is always a dict


def complete(spec: dict[str, Any]) -> dict[str, Any]:
    """The finished document."""
    components = spec.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM_SCHEMA
    components["securitySchemes"] = {"api_key": {"type": "http", "scheme": "bearer", "bearerFormat": "sk_test_…"}}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if method in ("get", "post", "patch", "put", "delete"):
                _complete_operation(path, method, operation)
    return spec


def _complete_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    operation["security"] = [{"api_key": []}]
    if method == "post":
        operation.setdefault("parameters", []).append(_IDEMPOTENCY | {"required": path in MOVES})
    if body := SENT.get((path, method)):
        operation["requestBody"] = {"required": True, "content": body}
        operation.setdefault("parameters", []).append(_FILENAME | {"required": method == "put"})
    if method == "get" and path in ANSWERED:
        operation["responses"]["200"].setdefault("content", {}).update(ANSWERED[path])
    if path.startswith("/_store"):
        operation["security"] = []
    for status, description in REFUSALS.items():
        operation["responses"].setdefault(status, {"description": description, "content": _PROBLEM})
