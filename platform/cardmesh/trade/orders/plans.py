"""What the express paths share: rows that no session knows, and a plan that is written as a whole or not at all.

Why: docs/decisions/0009-order-path.md.
"""

import uuid
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TypeVar, cast

import orjson
import psycopg
from psycopg import errors

from ...kit.db import call

CHANGED = "CM001"
"""What a function raises when the plan no longer holds."""

Model = TypeVar("Model")


def row(_kind: type[Model], **columns: object) -> Model:
    """What reads like a row of this model. No session ever sees it, and a mapped object is dear."""
    return cast(Model, SimpleNamespace(**columns))


def written(function: str, tenant_id: uuid.UUID, plan: Mapping[str, object], *more: str) -> bool:
    """Let the function write the plan; False when what was read holds no more, and nothing was written.

    What only the plain version can store, like a number beyond 64 bits in a gateway's message, is not tried.

    Raises psycopg.OperationalError when the connection is lost: then it is not known.
    """
    try:
        text = as_json(plan)
    except TypeError:
        return False
    try:
        call(function, (tenant_id, text, *more))
    except psycopg.Error as error:
        if error.sqlstate == CHANGED or isinstance(error, psycopg.IntegrityError | errors.DeadlockDetected):
            return False
        raise
    return True


def as_json(plan: Mapping[str, object]) -> str:
    """UUIDs and moments as PostgreSQL reads them. Raises TypeError for numbers beyond 64 bits and for broken text."""
    return orjson.dumps(plan).decode()
