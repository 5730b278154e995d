"""The step that a learner is at: lesson, data set, own answers and runs. Script thread."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from model_store import Run, StoreError
from model_store.inference.metrics import Evaluation
from model_store.lessons.lesson import BUILT_IN, Lesson, Step
from model_store.lessons.progress import Progress, key
from model_store.recipe.choices import DATASETS
from model_store.recipe.recipe import Recipe
from pages.ui.services import model_cache, records, singletons
from pages.ui.state import visitor
from training.data.datasets import Arrays

# The models of the app by data set. Digits has none of its own; this one reads it best.
STARTERS = {
    "mnist": "starter-mnist",
    "fashion_mnist": "starter-fashion-mnist",
    "digits": "starter-drawing",
}


@dataclass(frozen=True)
class Context:
    """A step of a lesson as one learner sees it. `step` is None on the page of the hand-in."""

    lesson: Lesson
    step: Step | None
    dataset: str
    progress: Progress

    @property
    def arrays(self) -> Arrays:
        """Images and labels of the data set. DataError as `singletons.dataset`."""
        return singletons.dataset(self.dataset)

    @property
    def names(self) -> tuple[str, ...]:
        """Class names of the data set, in the language of the session."""
        return DATASETS[self.dataset].names

    def recipe(self, name: str) -> Recipe:
        """Return a recipe of the lesson for the data set."""
        return self.lesson.recipe(name, self.dataset)

    def run_id(self, name: str) -> str:
        """Return the id of the learner's run of a recipe, or of the built-in model; "" if none."""
        if name == BUILT_IN:
            return STARTERS[self.dataset]
        return self.progress.runs.get(key(name, self.dataset), "")

    def run(self, name: str) -> Run | None:
        """Return the run of `run_id`; None if there is none, or none any more."""
        with suppress(StoreError):
            return singletons.store().open(self.run_id(name)) if self.run_id(name) else None
        return None

    def evaluation(self, run: Run) -> Evaluation:
        """Return the run's answers to the test images of the data set.

        Raises:
            DataError, RunDamaged: as `model_cache.evaluation`.
        """
        if run.recipe.dataset == self.dataset:
            return model_cache.evaluation(run)
        probabilities = model_cache.classifier(run).probabilities(self.arrays.x_test)
        return Evaluation.of(probabilities, self.arrays.y_test)

    def key(self, place: int, name: str) -> str:
        """Return the key of a widget of the step's part at `place`."""
        step = self.step.id if self.step else ""
        return f"learn_{self.lesson.id}_{step}_{self.dataset}_{place}_{name}"

    def change(self, changed: Callable[[Progress], Progress]) -> Progress:
        """Change the learner's record. StoreError if it cannot be written."""
        return singletons.progress().change(visitor.visitor_id(), self.lesson.id, changed)

    def run_figure(self, name: str, figure: str) -> float | None:
        """Return a figure of the learner's finished run, one of `RUN_FIGURES`; None without one."""
        run = self.run(name)
        return None if run is None else run_figures(run).get(figure)


def run_figures(run: Run) -> dict[str, float]:
    """Return the `RUN_FIGURES` that a finished run has."""
    if not run.result:
        return {}
    result: dict[str, Any] = dict(run.result)
    result["gap"] = result["train_accuracy"] - result["test_accuracy"]
    ends = records.history(run).epochs
    if ends:
        last = ends[-1]
        figures = ("loss", "accuracy", "val_loss", "val_accuracy")
        result |= {name: getattr(last, name) for name in figures}
        losses = [(end.val_loss, end.epoch) for end in ends if end.val_loss is not None]
        result["best_epoch"] = min(losses)[1] if losses else None
    return {name: float(value) for name, value in result.items() if value is not None}
