"""What the control endpoints accept."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from . import faults


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FaultOrder(Strict):
    """`match`: a pattern over `POST /v1/refunds`; see faults.Fault for the rest."""

    match: str = "*"
    times: int | None = Field(default=1, ge=1)
    when: Literal["before", "after"] = "before"
    how: Literal["error", "hang", "cut", "delay"] = "error"
    status: int = Field(default=500, ge=400, le=599)
    seconds: float = Field(default=1.0, ge=0, le=faults.LONGEST_HANG)


class WebhookOrder(Strict):
    """`match`: a pattern over event types. `copies` for duplicate, `seconds` for delay."""

    match: str = "*"
    times: int | None = Field(default=None, ge=1)
    action: Literal["duplicate", "delay", "drop", "hold"]
    copies: int = Field(default=1, ge=1, le=100)
    seconds: float = Field(default=1.0, ge=0, le=3600)


class ReleaseOrder(Strict):
    """In which order held deliveries leave; `shuffle` is the same for the same seed."""

    order: Literal["as_held", "reverse", "shuffle"] = "as_held"
    seed: int = 1


class ResendOrder(Strict):
    """`parallel`: spread over the sender's lanes; otherwise one after the other."""

    times: int = Field(default=1, ge=1, le=1000)
    parallel: bool = True


class DisputeOrder(Strict):
    charge: str
    reason: str = "fraudulent"
    amount: int | None = Field(default=None, ge=1)
    inquiry: bool = False


class ClockOrder(Strict):
    advance_seconds: int = Field(ge=0)


class DrainOrder(Strict):
    timeout_seconds: float = Field(default=10, ge=0, le=120)
