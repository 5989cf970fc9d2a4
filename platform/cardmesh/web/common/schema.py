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
from ...kit.errors import FieldError, ValidationFailed, invalid
from ...kit.i18n import Text
from . import plain
from .problems import BadRequest, UnsupportedMedia

Line = Annotated[str, Field(min_length=1, max_length=200)]
Paragraph = Annotated[str, Field(max_length=20_000)]
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
        data = json_body(request) if location == "json" else _single(request.args)
        try:
            return self.model_class.model_validate(data)
        except ValidationError as error:
            raise ValidationFailed(errors=[self._field(item) for item in error.errors()[:50]]) from None

    def _field(self, item: Any) -> FieldError:
        pointer = "".join(f"/{plain.escaped(str(part))}" for part in item["loc"])
        code = re.sub(r"[^a-z_]", "", item["type"]) or "invalid"
        return FieldError(pointer, code, self._MESSAGES.get(item["type"], self._OTHER))


def json_body(request: Request) -> object:
    """The JSON body. Raises BadRequest, UnsupportedMedia, ValidationFailed for what no database holds."""
    if not request.is_json:
        if request.content_length or request.content_type:
            raise UnsupportedMedia
        return {}
    try:
        body = request.get_json()
    except (MalformedJson, UnsupportedMediaType, UnicodeDecodeError, RecursionError):
        raise BadRequest from None
    if (pointer := plain.fault(body)) is not None:
        raise invalid(pointer[:200], "not_text", "含有无法保存的字符", "Holds a character that cannot be kept")
    return body


def _single(args: MultiDict[str, str]) -> dict[str, str]:
    """Query parameters, each named once. Raises ValidationFailed for a repeated one."""
    for name, values in args.lists():
        if len(values) > 1:
            raise ValidationFailed(
                errors=[FieldError(f"/{plain.escaped(name)}", "repeated", Text("参数重复", "Given twice"))]
            )
    return args.to_dict()


registry.register("pydantic", StrictAdapter)
