"""One engine for a whole file of tests: with processes of its own, then with a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from model_store import ModelStore
from tests.support.engines import ready, tls_cluster
from tests.support.made_up import MADE_UP
from training.engine.engine import Engine

WORKERS = 3
MEMORY = 2_000_000_000  # bytes a worker


@dataclass(frozen=True)
class Lab:
    """An engine with warm workers, and its store."""

    engine: Engine
    store: ModelStore
    remote: bool
    workers: int


@pytest.fixture(scope="module", params=["local", "tls"])
def shared_lab(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cache: Path
) -> Iterator[Lab]:
    """The engine; faults of `tests.support.made_up_faults` are to be had by name, see `made_up` as
    well.

    The cluster's workers load TensorFlow when they train, ours before they are there; in a module
    that sets `COLD`, ours do so as well: they are there sooner.
    """
    folder = tmp_path_factory.mktemp("lab")
    remote = request.param == "tls"
    cold = "1" if remote else getattr(request.module, "COLD", "")
    workers = getattr(request.module, "REMOTE_WORKERS", WORKERS) if remote else WORKERS
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("SOFTMAX_LAB_CACHE", str(cache))
        patch.setenv("SOFTMAX_LAB_DATA", str(folder / "data"))
        patch.setenv("SOFTMAX_LAB_COLD", cold)
        if remote:
            cluster = tls_cluster(folder, workers, str(MEMORY))
            for name, value in stack.enter_context(cluster).items():
                patch.setenv(name, value)
        store = ModelStore(folder / "store")
        engine = Engine(store, workers=workers, memory=MEMORY, train=MADE_UP)
        stack.callback(engine.close)
        engine.start()
        yield Lab(engine, store, remote, workers)


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    """The engine, all workers there and idle."""
    ready(shared_lab.engine, shared_lab.workers)
    return shared_lab
