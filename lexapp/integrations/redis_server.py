"""Redis, which carries ids and may be away at any moment."""

from __future__ import annotations

import redis.exceptions
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECT_SECONDS = 2.0
REDIS_AWAY = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)


def connect(redis_url: str) -> Redis:
    """A connection that fails at once when Redis is away, instead of trying for seconds."""
    return Redis.from_url(redis_url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=CONNECT_SECONDS)


def answers(redis_url: str) -> bool:
    """Whether Redis is there and has loaded what it kept. Asked on a connection of its own: RQ's waits longer for an answer."""
    try:
        with connect(redis_url) as connection:
            return bool(connection.ping())
    except (*REDIS_AWAY, redis.exceptions.BusyLoadingError):
        return False
