"""Stores on each database that there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from model_store import ModelStore
from tests.support.databases import BACKENDS, Clock, OpenStore, address_of


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=BACKENDS)
def open_store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[OpenStore]:
    """Opens the store of this test, as each process on it would."""
    opened: list[ModelStore] = []
    with address_of(request.param) as address:

        def open_it(**changes: object) -> ModelStore:
            options = {"starter": None, "clock": clock, "address": address, **changes}
            opened.append(ModelStore(tmp_path / "runs", **options))  # type: ignore[arg-type]
            return opened[-1]

        yield open_it
        for store in opened:
            store.close()


@pytest.fixture
def store(open_store: OpenStore) -> ModelStore:
    return open_store()
