"""Code of the lessons: each lesson's blocks run from top to bottom in one namespace."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model_store.lessons import library
from model_store.lessons.lesson import Lesson
from model_store.lessons.parser import EXPORTS
from training.lessons.step_code import CELLS, step_code
from training.tensorflow_setup import load

REAL = [(lesson, lesson.datasets[0]) for lesson in library.lessons()]
ALL = [*REAL, (library.lessons()[0], "digits")]  # the code that loads Digits is one
TRAIN, TEST = 60, 30


@pytest.fixture(scope="module", autouse=True)
def eager() -> Iterator[None]:
    """Compile nothing: a few steps on a few images take longer to compile than to run."""
    load()
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def tiny(folder: Path, name: str) -> None:
    """Write a data set of a few random images, as Keras' file has it."""
    random = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    for split, n in (("train", TRAIN), ("test", TEST)):
        arrays[f"x_{split}"] = random.integers(0, 256, (n, 28, 28), np.uint8)
        arrays[f"y_{split}"] = np.arange(n, dtype=np.uint8) % 10
    np.savez(folder / f"{name}.npz", **arrays)


def test_every_cell_that_a_text_can_name_is_there() -> None:
    assert set(CELLS) == set(EXPORTS)


@pytest.mark.parametrize(
    ("lesson", "dataset"), ALL, ids=[f"{lesson.id}-{dataset}" for lesson, dataset in ALL]
)
def test_all_code_of_a_lesson_runs(
    lesson: Lesson, dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if dataset != "digits":
        tiny(tmp_path, dataset)
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {}
    for step in lesson.steps:
        code = step_code(step, lesson, dataset)
        assert "{{" not in code
        code = re.sub(r"^EPOCHS = \d+$", "EPOCHS = 1", code, flags=re.M)
        exec(compile(code, f"{lesson.id}-{step.id}.py", "exec"), namespace)
        for name in ("x_train", "y_train", "x_test", "y_test"):
            if name in namespace:
                namespace[name] = namespace[name][:TRAIN]
