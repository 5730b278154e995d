"""Code of a lesson's steps: cells of the export for a recipe, without a run. Pure text."""

from collections.abc import Callable, Mapping
from pathlib import Path

from model_store import Run, RunState
from model_store.lessons.lesson import Code, Lesson, Step
from model_store.recipe.recipe import Recipe
from training.export.cells import EVALUATION, SCALING, one_hot_code, settings_code, training_cell
from training.export.data_code import load_code
from training.export.network_code import compile_code, model_code

CELLS: Mapping[str, Callable[[Recipe], str]] = {
    "settings": lambda recipe: settings_code(_as_run(recipe)),
    "load": load_code,
    "scale": lambda _recipe: SCALING,
    "one_hot": one_hot_code,
    "model": model_code,
    "compile": compile_code,
    "fit": lambda recipe: training_cell(_as_run(recipe)).code,
    "evaluate": lambda _recipe: EVALUATION,
}


def code_text(code: Code, lesson: Lesson, dataset: str) -> str:
    """Return a block of a lesson's code for a data set; "" if that needs none."""
    if not code.export:
        return lesson.fill(code.text, dataset)
    return CELLS[code.text](lesson.recipe(code.recipe, dataset)).strip()


def step_code(step: Step, lesson: Lesson, dataset: str) -> str:
    """Return all code of a step; "" if it has none."""
    return "\n\n".join(filter(None, (code_text(code, lesson, dataset) for code in step.code)))


def _as_run(recipe: Recipe) -> Run:
    return Run("", Path(), recipe, "", RunState.QUEUED, "", 0.0)
