"""Any error as RFC 9457 problem details for programs, as a page for people. No undocumented code leaves the server."""

import structlog
from flask import Flask, Response, jsonify, render_template
from psycopg import OperationalError as DriverLost
from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException

from ...kit import runtime
from ...kit.errors import (
    FieldError,
    Forbidden,
    MeshError,
    NotFound,
    RateLimited,
    Unavailable,
    ValidationFailed,
)
from ...kit.i18n import Text
from .requests import locale, request_id, wants_json

log = structlog.get_logger()


class MethodNotAllowed(MeshError):
    code, status, text = "method_not_allowed", 405, Text("不支持该请求方法", "This method is not allowed here")


class TooLarge(MeshError):
    code, status, text = "body_too_large", 413, Text("请求内容过大", "The request body is too large")


class UnsupportedMedia(MeshError):
    code, status = "unsupported_media_type", 415
    text = Text("不支持该内容类型", "This content type is not supported")


class BadRequest(MeshError):
    code, status, text = "bad_request", 400, Text("请求格式有误", "The request is malformed")


RETRY_SECONDS = 2

_HTTP = {404: NotFound, 405: MethodNotAllowed, 413: TooLarge, 415: UnsupportedMedia, 429: RateLimited, 503: Unavailable}


def register(app: Flask) -> None:
    """Answer every error the same way."""
    app.register_error_handler(MeshError, answer)
    app.register_error_handler(HTTPException, _http)
    for away in (OperationalError, InterfaceError, DriverLost, PoolExhausted):
        app.register_error_handler(away, _database_away)
    app.register_error_handler(InternalError, _read_only)
    app.register_error_handler(Exception, _unexpected)


def problem(error: MeshError) -> dict[str, object]:
    """The problem document of an error, in the reader's language."""
    language = locale()
    document: dict[str, object] = {
        "type": f"{runtime.current().settings.public_url}/errors/{error.code}",
        "title": type(error).text.render("en", **error.params) if language == "en" else error.message(language),
        "status": error.status,
        "code": error.code,
        "detail": _detail(error, language),
        "retryable": error.retryable,
        "request_id": request_id(),
    }
    if error.errors:
        document["errors"] = [_field(field, language) for field in error.errors]
    return document | error.extra


def answer(error: MeshError) -> Response:
    """The response for an error."""
    if wants_json():
        response = jsonify(problem(error))
        response.content_type = "application/problem+json"
    else:
        page = render_template("error.html", problem=problem(error), locale=locale())
        response = Response(page, mimetype="text/html")
    response.status_code = error.status
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _detail(error: MeshError, language: str) -> str:
    messages = [field.message(language) for field in error.errors[:3]]
    return ("；" if language.startswith("zh") else "; ").join(messages) or error.message(language)


def _field(field: FieldError, language: str) -> dict[str, object]:
    return {"pointer": field.pointer, "code": field.code, "message": field.message(language)}


def _http(error: HTTPException) -> Response:
    kind = _HTTP.get(error.code or 500, BadRequest if (error.code or 500) < 500 else MeshError)
    response = answer(kind())
    if error.code == 405 and (allowed := getattr(error, "valid_methods", None)):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _database_away(error: Exception) -> Response:
    """PostgreSQL is gone, starting, full or overrun: nothing was done, or all of it; the same key tells which."""
    cause = getattr(error, "orig", None) or error
    log.error("the database is away", request_id=request_id(), error=type(cause).__name__)
    return answer(Unavailable(retry_after=RETRY_SECONDS))


def _read_only(error: InternalError) -> Response:
    """Who may only look has opened what would change something: see `identity.visits`."""
    return answer(Forbidden()) if isinstance(error.orig, ReadOnlySqlTransaction) else _unexpected(error)


def _unexpected(error: Exception) -> Response:
    """A bug of ours: logged with its traceback, answered without a word of it."""
    log.exception("request failed", request_id=request_id(), error=type(error).__name__)
    return answer(MeshError())


__all__ = ["ValidationFailed", "answer", "problem", "register"]
