"""What the clock and the id maker need of the store: small named facts, changed in transactions."""

from contextlib import AbstractContextManager
from typing import Any, Protocol


class Facts(Protocol):
    def transaction(self) -> AbstractContextManager[Any]: ...

    def fact(self, name: str, default: Any = None) -> Any: ...

    def set_fact(self, name: str, value: Any) -> None: ...
