"""The one place that speaks RQ's language to Redis: one queue per tenant, carrying outbox ids and nothing else.

JSON, never pickle: what comes out of Redis is data, not code. The function that RQ stores with a job is only a label;
`Lane` runs the outbox job with that id, whatever Redis says.
"""

from collections.abc import Callable, Collection, Iterable
from typing import cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

LABEL = "cardmesh.kit.jobs.run_job"
NO_TIMEOUT = -1  # RQ's time-outs are signals; ours are leases
FAILURE_TTL_SECONDS = 3600  # RQ would keep failures for a year
SOCKET_SECONDS = 5


def connect(url: str) -> Redis:
    """A client that gives up soon: nothing waits for Redis here."""
    return Redis.from_url(
        url, socket_timeout=SOCKET_SECONDS, socket_connect_timeout=SOCKET_SECONDS, retry=Retry(NoBackoff(), 1)
    )


class Errand(Job):
    """An RQ job that carries an outbox id; `work` is what the lane does with it."""

    work: Callable[[int], object]

    def perform(self) -> object:
        self.work(int(self.id))
        return None


def queue(connection: Redis, name: str) -> Queue:
    return Queue(name, connection=connection, job_class=Errand, serializer=JSONSerializer)


def push(connection: Redis, name: str, ids: Iterable[int]) -> None:
    """Append outbox ids to one queue in one round trip."""
    errands = [
        Queue.prepare_data(
            LABEL, [id], job_id=str(id), timeout=NO_TIMEOUT, result_ttl=0, failure_ttl=FAILURE_TTL_SECONDS
        )
        for id in ids
    ]
    queue(connection, name).enqueue_many(errands)


def held(connection: Redis, names: Collection[str]) -> dict[str, set[int]]:
    """The outbox ids that wait in each of these queues, in one round trip."""
    with connection.pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.lrange(queue(connection, name).key, 0, -1)
        return {name: {int(id) for id in ids} for name, ids in zip(names, pipeline.execute(), strict=True)}


def known_queues(connection: Redis) -> list[str]:
    """The names of the queues that were ever filled and not forgotten since, in a stable order."""
    prefix = Queue.redis_queue_namespace_prefix
    keys = cast("set[bytes]", connection.smembers(Queue.redis_queues_keys))
    return sorted(key.decode().removeprefix(prefix) for key in keys)


def forget(connection: Redis, names: Collection[str]) -> None:
    """Stop listening to queues without work; the next job makes them known again."""
    if names:
        connection.srem(Queue.redis_queues_keys, *(queue(connection, name).key for name in names))
