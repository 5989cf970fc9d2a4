"""The operator's lists: every row of a table, newest first."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask.typing import ResponseReturnValue
from sqlalchemy import select

from ....kit.db import transaction
from ...common.lists import each, listed
from ...common.principal import caller
from ...common.schema import Paging, Shape

S = TypeVar("S", bound=Shape)


def all_of(model: Any, prefix: str, paging: Paging, shape: Callable[[Any], S]) -> ResponseReturnValue:
    """One page of all rows of `model`, whose public ids begin with `prefix`."""
    with transaction(caller().scope()) as session:
        return listed(session, select(model), model.id, prefix, paging, each(shape))
