"""Databases that the store's contract is tried on: SQLite always, PostgreSQL where there is one.

`SOFTMAX_LAB_TEST_POSTGRES` names a server on which schemas may be made and dropped; `.ci/run`
starts one.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text

from model_store import ModelStore

OpenStore = Callable[..., ModelStore]
SERVER = os.environ.get("SOFTMAX_LAB_TEST_POSTGRES", "")  # before conftest.py takes it away
BACKENDS = ("sqlite", "postgresql")


class Clock:
    """Seconds that pass only when asked."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@contextmanager
def address_of(backend: str) -> Iterator[str]:
    """The address of an empty database; "" is a file in the store's folder."""
    if backend == "sqlite":
        yield ""
        return
    if not SERVER:
        pytest.skip("SOFTMAX_LAB_TEST_POSTGRES names no server: tried on SQLite alone")
    name = f"test_{secrets.token_hex(6)}"
    server = create_engine(SERVER)
    try:
        with server.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        yield f"{SERVER}?options=-csearch_path%3D{name}"
    finally:
        with server.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        server.dispose()
