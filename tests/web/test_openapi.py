"""The document tells the truth: generated calls of every party get only documented answers."""

import inspect
import json
import re
from typing import Any

import pytest
import schemathesis
from apiflask import APIFlask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cardmesh.web.common.spec import MOVES
from tests.fixtures.web import Keys

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES = 12


@schemathesis.serializer("application/zip")
def packed(_context: Any, value: Any) -> bytes:
    """Bytes as they were made up: whatever is no package is to be refused."""
    return value.data if hasattr(value, "data") else str(value).encode()


def test_the_document_is_valid_openapi_3_1(web: APIFlask) -> None:
    with web.test_request_context():
        spec: Any = web.spec
    assert spec["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(spec).validate()
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(spec)))
    assert named - spec["components"]["schemas"].keys() == set()
    twice = [name for name in spec["components"]["schemas"] if re.search(r"\d+(\.|$)", name)]
    assert twice == [], "two shapes of one name: one's parts would be taken for the other's"


def test_every_call_that_asks_for_an_idempotency_key_says_so(web: APIFlask) -> None:
    """Asked is what the views' own text tells: a call without one is refused only once all else is right."""
    asking = set[str]()
    for rule in web.url_map.iter_rules():
        source = inspect.getsource(inspect.unwrap(web.view_functions[rule.endpoint]))
        kept = "required_key()" in source or (" once(" in source and "key_required=False" not in source)
        if kept and "POST" in (rule.methods or ()):
            asking.add(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
    assert len(asking) > 10 and asking == MOVES


@pytest.mark.timeout(300)
def test_generated_calls_get_documented_answers(web: APIFlask, keys: Keys) -> None:
    with web.test_request_context():
        spec: Any = web.spec
    schema = schemathesis.openapi.from_dict(spec)
    schema.app = web
    tried = 0
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # pyright: ignore[reportAttributeAccessIssue] - an Err would be a finding
        if not operation.path.startswith("/_store"):
            tried += _try(operation, _headers(operation.path, keys))
    assert tried > 40 * EXAMPLES / 2


def _headers(path: str, keys: Keys) -> dict[str, str]:
    secret = keys.distributors[0]
    if path.startswith("/v1/platform"):
        secret = keys.platform
    elif path.startswith("/v1/supplier"):
        secret = keys.suppliers[0]
    return {"Authorization": f"Bearer {secret}", "Host": "localhost"}


def _try(operation: Any, headers: dict[str, str]) -> int:
    tried = 0

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    @given(case=st.one_of(operation.as_strategy(), operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)))
    def call(case: Any) -> None:
        nonlocal tried
        tried += 1
        case.call_and_validate(headers=headers, checks=list(CHECKS))

    call()
    return tried
