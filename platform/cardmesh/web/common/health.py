"""`/healthz`: this process answers. `/readyz`: what it needs answers too. `/metrics` for Prometheus."""

import os
from collections.abc import Callable

import redis
from apiflask import APIBlueprint
from flask import Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import text

from ...kit import runtime, tenancy
from ...kit.db import transaction

blueprint = APIBlueprint("health", __name__, enable_openapi=False)


@blueprint.get("/healthz")
def healthz() -> Response:
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 when the database and storage answer; Redis is reported, but selling goes on without it."""
    found = {name: _answers(check) for name, check in _CHECKS.items()}
    ready = found["database"] and found["storage"]
    return jsonify(status="ok" if ready else "unavailable", checks=found), 200 if ready else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Of all processes that serve this installation, when they share a folder for it."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database() -> None:
    with transaction(tenancy.public()) as session:
        session.execute(text("select 1"))


def _redis() -> None:
    url = runtime.current().settings.redis_url
    if url:
        redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1).ping()


def _storage() -> None:
    runtime.current().storage.exists("readyz")


_CHECKS: dict[str, Callable[[], None]] = {"database": _database, "redis": _redis, "storage": _storage}


def _answers(check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        return False
    return True
