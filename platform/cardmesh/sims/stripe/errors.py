"""Stripe's error objects: `{"error": {type, code, message, param, doc_url, request_log_url, …}}` with its status."""

from typing import Any


class SimError(Exception):
    """An answer that Stripe gives instead of a result.

    saved: its idempotency key replays it. commits: what was done before stays done (a declined attempt is recorded).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        saved: bool = True,
        commits: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.saved = saved
        self.commits = commits
        self.fields: dict[str, Any] = {"code": code, "message": message, "param": param, "type": type, **more}

    def body(self, *, account: str, livemode: bool, request_id: str) -> dict[str, Any]:
        """The JSON document; absent fields are left out, as Stripe leaves them out."""
        error = {name: value for name, value in self.fields.items() if value is not None}
        if code := error.get("code"):
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        mode = "" if livemode else "test/"
        error["request_log_url"] = f"https://dashboard.stripe.com/{account}/{mode}workbench/logs?object={request_id}"
        return {"error": dict(sorted(error.items()))}


def resource_missing(noun: str, id: str, param: str = "id", status: int = 404) -> SimError:
    return SimError(f"No such {noun}: '{id}'", status=status, code="resource_missing", param=param)


def invalid_key(key: str | None) -> SimError:
    if not key:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    else:
        shown = f"{key[:8]}{'*' * max(len(key) - 12, 0)}{key[-4:]}" if len(key) > 12 else "*" * len(key)
        message = f"Invalid API Key provided: {shown}"
    return SimError(message, status=401, saved=False)


def unsupported(param: str) -> SimError:
    """Loud where the simulator knows less than Stripe: a parameter is never silently ignored."""
    return SimError(
        f"The simulator does not model the parameter {param}; Stripe itself accepts it.",
        code="simulator_unsupported", param=param, saved=False,
    )  # fmt: skip
