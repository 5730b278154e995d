"""The Draw page run by AppTest with strokes on its pad, and the answers expected from it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from model_store import Run
from model_store.classroom.drawing import Point, Stroke
from model_store.inference.classifier import Classifier
from model_store.recipe.recipe import Recipe
from pages.ui.pad.pad import SIDE, canvas_object
from pages.ui.services import singletons
from tests.support.components import component_data, send_event
from tests.support.finished_runs import bare_run
from tests.support.session import keep
from training.images.preparation import prepare
from training.images.preprocess import ALL_STEPS, StepImages, Steps

Visit = Callable[..., AppTest]
Line = list[Point]
DRAW = Path(__file__).resolve().parents[2] / "pages" / "draw.py"
STROKES = "lab_drawing"
SEVEN = [(60.0, 70.0), (210.0, 70.0), (120.0, 260.0)]
BAR = [(90.0, 160.0), (190.0, 160.0)]


def drawn(*lines: Line) -> list[dict[str, Any]]:
    """Return the strokes as the browser sends them."""
    return [{"points": [list(point) for point in line], "width": 20} for line in lines]


def on_canvas(*lines: Line, ink: str = "#ffffff") -> list[dict[str, Any]]:
    """Return the strokes as the canvas is given them."""
    return [canvas_object(line, 20, ink) for line in lines]


def with_drawing(*lines: Line, **params: str) -> AppTest:
    """Open the page with these lines on its pad."""
    at = AppTest.from_file(str(DRAW), default_timeout=20)
    keep(at, STROKES, drawn(*lines))
    for name, value in params.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def toggle(at: AppTest, *steps: str) -> None:
    """Toggle these preparation steps, one after the other."""
    for step in steps:
        send_event(at, "preparation_steps", "toggle", step)


def shown(at: AppTest) -> dict[str, Any]:
    """Return the data of the one model's answer above."""
    (data,) = answers_shown(at, single=True)
    return data["models"][0] | {"image": data["image"]}


def answers_shown(at: AppTest, single: bool) -> list[dict[str, Any]]:
    """Return the data of the answers of single models, or of several side by side."""
    return [data for data in component_data(at, "answer") if data["single"] == single]


def errors(at: AppTest) -> str:
    """Return the page's error messages as plain text."""
    return " ".join(e.value for e in at.error).replace("\\", "")


def finished(recipe: Recipe, seed: int = 0) -> Run:
    """Add a complete run with random weights to the store."""
    return bare_run(singletons.store(), recipe, seed)


def kept() -> list[tuple[int, str]]:
    """Return label and owner of each class drawing."""
    return [(d.label, d.owner) for d in singletons.class_drawings().all().drawings]


def prepared(*lines: Line, steps: Steps = ALL_STEPS) -> StepImages:
    """Prepare lines on the canvas without the page."""
    strokes = [Stroke(tuple(line), 20) for line in lines]
    return prepare(strokes, SIDE, steps)


def logits(run: Run, *lines: Line, steps: Steps = ALL_STEPS) -> NDArray[np.float32]:
    """Return the scores for lines on the canvas, float32 [10]."""
    return Classifier.load(run).logits(prepared(*lines, steps=steps).centred)


def expected(run: Run, *lines: Line, steps: Steps = ALL_STEPS) -> list[float]:
    """Return the probabilities for lines on the canvas."""
    image = prepared(*lines, steps=steps).centred
    return [float(p) for p in Classifier.load(run).probabilities(image)]
