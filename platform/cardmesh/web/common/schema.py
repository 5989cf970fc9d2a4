"""Strict shapes of the API. Unknown members are refused; numbers are not guessed from strings."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from apiflask.schema_adapters import registry
from apiflask.schema_adapters.pydantic import PydanticAdapter
from flask import Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, ValidationError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest as MalformedJson
from werkzeug.exceptions import UnsupportedMediaType

from ...kit import money as kit_money
from ...kit.clock import rfc3339
from ...kit.errors import FieldError, ValidationFailed
from ...kit.i18n import Text
from .problems import BadRequest, UnsupportedMedia


def _no_nul(value: str) -> str:
    """PostgreSQL text holds no NUL; lone surrogates are no text at all."""
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("not text")
    return value


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_no_nul)]
Paragraph = Annotated[str, Field(max_length=20_000), AfterValidator(_no_nul)]
def _in_our_time(value: datetime) -> datetime:
    """A moment that every calendar here can hold."""
    if not 2000 <= value.year <= 2200:
        raise ValueError("out of range")
    return value.astimezone(UTC)


Moment = Annotated[AwareDatetime, Field(strict=False), AfterValidator(_in_our_time)]
"""An RFC 3339 time in a request."""
Time = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]
CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["CNY"])]
Rate = Annotated[str, Field(pattern=r"^[01](\.[0-9]{1,6})?$", examples=["0.0500"])]


class Shape(BaseModel):
    """Base of every request and answer."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


class Query(Shape):
    """Base of query strings: there, everything is text, so numbers and booleans are read from it."""

    model_config = ConfigDict(strict=False, extra="forbid", hide_input_in_errors=True)


class Money(Shape):
    """Integer minor units with a currency: 1999 CNY is ¥19.99."""

    amount: Annotated[int, Field(ge=-kit_money.MAX_MINOR, le=kit_money.MAX_MINOR)]
    currency: CurrencyCode

    @classmethod
    def of(cls, minor: int, currency: str) -> "Money":
        return cls(amount=minor, currency=currency)

    def to_kit(self) -> kit_money.Money:
        return kit_money.Money(self.amount, self.currency)


class Price(Money):
    """An amount above zero."""

    amount: Annotated[int, Field(gt=0, le=10**12)]


class Paging(Query):
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    after: Annotated[str | None, Field(max_length=120)] = None
    before: Annotated[str | None, Field(max_length=120)] = None


class FieldProblem(Shape):
    pointer: str
    code: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    retryable: bool
    request_id: str
    errors: list[FieldProblem] = []


class StrictAdapter(PydanticAdapter):
    """APIFlask's pydantic adapter with our manners: exact content types, and errors that never echo the input."""

    _MESSAGES: ClassVar[dict[str, Text]] = {
        "missing": Text("缺少必填字段", "This field is required"),
        "extra_forbidden": Text("不支持的字段", "This field is not known"),
        "int_type": Text("应为整数", "Must be an integer"),
        "int_parsing": Text("应为整数", "Must be an integer"),
        "string_type": Text("应为文本", "Must be text"),
        "string_too_short": Text("内容过短", "Too short"),
        "string_too_long": Text("内容过长", "Too long"),
        "string_pattern_mismatch": Text("格式不正确", "Not in the expected format"),
        "bool_type": Text("应为布尔值", "Must be true or false"),
        "list_type": Text("应为列表", "Must be a list"),
        "too_short": Text("项数过少", "Too few items"),
        "too_long": Text("项数过多", "Too many items"),
        "greater_than": Text("数值过小", "Too small"),
        "greater_than_equal": Text("数值过小", "Too small"),
        "less_than": Text("数值过大", "Too large"),
        "less_than_equal": Text("数值过大", "Too large"),
        "literal_error": Text("不在允许的取值范围内", "Not one of the allowed values"),
        "enum": Text("不在允许的取值范围内", "Not one of the allowed values"),
    }
    _OTHER: ClassVar[Text] = Text("内容无效", "Not valid")

    def validate_input(self, request: Request, location: str, **kwargs: Any) -> BaseModel:
        data = _json(request) if location == "json" else _single(request.args)
        try:
            return self.model_class.model_validate(data)
        except ValidationError as error:
            raise ValidationFailed(errors=[self._field(item) for item in error.errors()[:50]]) from None

    def _field(self, item: Any) -> FieldError:
        pointer = "".join(f"/{_escape(str(part))}" for part in item["loc"])
        code = re.sub(r"[^a-z_]", "", item["type"]) or "invalid"
        return FieldError(pointer, code, self._MESSAGES.get(item["type"], self._OTHER))


def _escape(part: str) -> str:
    return part[:100].replace("~", "~0").replace("/", "~1")


def _json(request: Request) -> object:
    """The JSON body. Raises BadRequest, UnsupportedMedia."""
    if not request.is_json:
        if request.content_length or request.content_type:
            raise UnsupportedMedia
        return {}
    try:
        return request.get_json()
    except (MalformedJson, UnsupportedMediaType, UnicodeDecodeError, RecursionError):
        raise BadRequest from None


def _single(args: MultiDict[str, str]) -> dict[str, str]:
    """Query parameters, each named once. Raises ValidationFailed for a repeated one."""
    for name, values in args.lists():
        if len(values) > 1:
            raise ValidationFailed(
                errors=[FieldError(f"/{_escape(name)}", "repeated", Text("参数重复", "Given twice"))]
            )
    return args.to_dict()


registry.register("pydantic", StrictAdapter)
