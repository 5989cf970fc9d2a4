"""Errors as part of the interface: a stable code, an HTTP status, whether a retry can help, and both languages.

A slice declares its errors as subclasses in its `errors.py`; the web faces render any of them as RFC 9457
problem details, the console as a message, the importer as a line error. See docs: `/v1/docs#errors`.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from .i18n import DEFAULT_LOCALE, Text


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one place of the input. `pointer` is an RFC 6901 pointer such as `/items/0/quantity`."""

    pointer: str
    code: str
    text: Text
    params: dict[str, object] = field(default_factory=dict)

    def message(self, locale: str) -> str:
        return self.text.render(locale, **self.params)


class MeshError(Exception):
    """Base of every refusal that a person or a program may meet.

    Class attributes give the stable `code`, HTTP `status`, `retryable`, and `text` (title in both languages).
    Instances carry `params` for the text, per-field errors, and `extra` members for the problem document.
    """

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    text: ClassVar[Text] = Text("系统内部错误", "Something went wrong on our side")

    def __init__(
        self,
        *,
        errors: list[FieldError] | None = None,
        extra: dict[str, object] | None = None,
        retry_after: int | None = None,
        **params: object,
    ) -> None:
        self.errors = errors or []
        self.extra = extra or {}
        self.retry_after = retry_after
        self.params = params
        super().__init__(self.code, params)

    def message(self, locale: str = DEFAULT_LOCALE) -> str:
        return self.text.render(locale, **self.params)

    def __str__(self) -> str:
        return f"{self.code}: {self.message('en')}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Whole in another process too: a build's helpers raise theirs there."""
        return _restored, (type(self), vars(self))


def _restored(kind: "type[MeshError]", state: dict[str, Any]) -> MeshError:
    error = kind.__new__(kind, kind.code, state["params"])
    vars(error).update(state)
    return error


class NotFound(MeshError):
    """Missing, or not yours: the two look the same on purpose."""

    code, status, text = "not_found", 404, Text("找不到该资源", "Not found")


class Unauthenticated(MeshError):
    code, status, text = (
        "unauthenticated",
        401,
        Text("请先登录或提供有效的密钥", "Sign in or send a valid API key"),
    )


class Forbidden(MeshError):
    code, status, text = "forbidden", 403, Text("没有执行此操作的权限", "You may not do this")


class ValidationFailed(MeshError):
    code, status, text = "validation_failed", 422, Text("提交的内容有误", "The input is not valid")


class Conflict(MeshError):
    """The state does not allow it; `state` and `allowed` say which states would."""

    code, status = "conflict", 409
    text = Text("当前状态不允许此操作", "The current state does not allow this")


class RateLimited(MeshError):
    code, status, retryable = "rate_limited", 429, True
    text = Text("请求过于频繁，请稍后再试", "Too many requests; try again shortly")


class Unavailable(MeshError):
    code, status, retryable = "unavailable", 503, True
    text = Text("服务暂时不可用，请稍后再试", "Temporarily unavailable; try again shortly")


def invalid(pointer: str, code: str, zh: str, en: str, **params: object) -> ValidationFailed:
    """A validation error about one place."""
    return ValidationFailed(errors=[FieldError(pointer, code, Text(zh, en), params)])
