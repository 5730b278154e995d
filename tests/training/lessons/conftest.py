"""A store for the runs of a hand-in."""

from pathlib import Path

import pytest

from model_store import ModelStore


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "runs", starter=None)
