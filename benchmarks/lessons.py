"""Figures in the lessons: `python -m benchmarks.lessons` measures them.

It writes model_store/lessons/figures.json: every `{{figure}}` that a text names, for every data set
that the lesson runs on and that is on this computer (SOFTMAX_LAB_DATA). Trained figures are of the
recipe's own seed. With `--check` nothing is written, and the exit code is 1 if a figure is missing
or, among those that need no training, another.
"""

import argparse
import io
import json
import math
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.inference import robustness
from model_store.inference.adversarial import GREYS
from model_store.inference.classifier import Classifier
from model_store.inference.folding import dense_layers
from model_store.lessons import library
from model_store.lessons.lesson import Lesson
from model_store.recipe.choices import DATASETS
from model_store.recipe.rates import step_rates
from model_store.recipe.recipe import Recipe
from model_store.recipe.spoil import Spoil
from model_store.runs.events import EpochEnd, Evaluated, Event
from tests.support.fooling import smallest_change
from training.data import datasets
from training.data.spoil import spoiled_images

DIGITS = 6  # of a measured number
PIXELS = 28 * 28


class UnknownFigure(ValueError):
    """A figure that this command cannot measure."""


def _arrays(dataset: str, split: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return images and labels. KeyError for another split than "train" and "test"."""
    arrays = datasets.load(dataset)
    return {name: arrays.split(name) for name in ("train", "test")}[split]


def _images(lesson: Lesson, dataset: str, split: str) -> int:
    return int(getattr(DATASETS[dataset], split))


def _label(lesson: Lesson, dataset: str, split: str, index: str) -> int:
    return int(_arrays(dataset, split)[1][int(index)])


def _name(lesson: Lesson, dataset: str, split: str, index: str) -> str:
    return DATASETS[dataset].class_names[_label(lesson, dataset, split, index)]


def _class(lesson: Lesson, dataset: str, label: str) -> str:
    return DATASETS[dataset].class_names[int(label)]


def _pixel(lesson: Lesson, dataset: str, split: str, index: str, row: str, column: str) -> int:
    return int(_arrays(dataset, split)[0][int(index), int(row), int(column)])


def _count(lesson: Lesson, dataset: str, split: str, label: str) -> int:
    return int((_arrays(dataset, split)[1] == int(label)).sum())


def _softmax(lesson: Lesson, dataset: str, place: str, of: str, *scores: str) -> float:
    powers = np.exp(np.array(list(map(float, scores))))
    return float(powers[int(place) - 1] / powers.sum())


def _recipe(figure: Callable[[Recipe], Any]) -> Callable[..., Any]:
    return lambda lesson, dataset, name: figure(lesson.recipe(name, dataset))


def _rate(lesson: Lesson, dataset: str, name: str, epoch: str) -> float:
    """Return the learning rate at the end of an epoch."""
    recipe = lesson.recipe(name, dataset)
    last = np.array([int(epoch) * recipe.steps_per_epoch - 1])
    return float(step_rates(recipe, last, recipe.steps_per_epoch)[0])


MEASURED: Mapping[str, Callable[..., Any]] = {
    "pixels": lambda lesson, dataset: PIXELS,
    "dataset": lambda lesson, dataset: DATASETS[dataset].label,
    "images": _images,
    "label": _label,
    "name": _name,
    "class": _class,
    "pixel": _pixel,
    "count": _count,
    "exp": lambda lesson, dataset, x: math.exp(float(x)),
    "softmax": _softmax,
    "parameters": _recipe(lambda recipe: recipe.parameters),
    "layer": lambda lesson, dataset, name, n: (
        lesson.recipe(name, dataset).layers[int(n) - 1].parameters
    ),
    "epochs": _recipe(lambda recipe: recipe.epochs),
    "batch_size": _recipe(lambda recipe: recipe.batch_size),
    "steps": _recipe(lambda recipe: recipe.steps_per_epoch),
    "train_images": _recipe(lambda recipe: recipe.train_images),
    "validation_images": _recipe(lambda recipe: recipe.validation_images),
    "patience": _recipe(lambda recipe: recipe.patience),
    "rate": _rate,
}
TRAINED = ("test_accuracy", "test_loss", "train_accuracy", "train_loss", "gap")
BY_EPOCH = ("accuracy", "loss", "val_accuracy", "val_loss")


@cache
def _trained(recipe: Recipe) -> tuple[tuple[Event, ...], Classifier]:
    """Return the events of a training, and its network."""
    from training.loop import trainer
    from training.loop.control import Control

    events: list[Event] = []
    files: dict[str, bytes] = {}
    data = datasets.load(recipe.dataset)
    trainer.train(recipe, data, emit=events.append, control=Control(), save=files.__setitem__)
    with np.load(io.BytesIO(files["weights.npz"])) as saved:
        arrays = {name: saved[name] for name in recipe.weight_shapes}
    return tuple(events), Classifier(recipe, dense_layers(recipe, arrays))


def _answers(recipe: Recipe) -> NDArray[np.integer]:
    return _trained(recipe)[1].logits(datasets.load(recipe.dataset).x_test).argmax(axis=1)


def _recall(recipe: Recipe, label: str) -> float:
    of_class = datasets.load(recipe.dataset).y_test == int(label)
    return float((_answers(recipe)[of_class] == int(label)).mean())


def _confused(recipe: Recipe, label: str, answer: str) -> int:
    of_class = datasets.load(recipe.dataset).y_test == int(label)
    return int((_answers(recipe)[of_class] == int(answer)).sum())


def _dotted(recipe: Recipe, label: str, figure: str) -> float:
    data = datasets.load(recipe.dataset)
    dots = np.full(len(data.x_test), int(label))
    wanted = {"accuracy": data.y_test, "said": dots}[figure]
    images = spoiled_images(data.x_test, dots, Spoil(patch=1.0), 0)
    return float((_trained(recipe)[1].logits(images).argmax(axis=1) == wanted).mean())


@cache
def _robustness(recipe: Recipe) -> robustness.Robustness:
    data = datasets.load(recipe.dataset)
    return robustness.measure(_trained(recipe)[1], data.x_test, data.y_test)


def _robust(recipe: Recipe, change: str, strength: str) -> float:
    place = robustness.STRENGTHS[change].index(float(strength))
    return _robustness(recipe).accuracies[change][place]


def _smallest(recipe: Recipe, index: str) -> int:
    """Return the grey levels of the smallest change that fools the network at a test image."""
    image = np.asarray(datasets.load(recipe.dataset).x_test[int(index)])
    fooled = smallest_change(_trained(recipe)[1], image)
    if fooled is None:
        raise ValueError("no change fools it")
    return round(fooled.strength * GREYS)


def _epochs(recipe: Recipe) -> list[EpochEnd]:
    return [event for event in _trained(recipe)[0] if isinstance(event, EpochEnd)]


def _evaluated(recipe: Recipe) -> Evaluated:
    return next(event for event in _trained(recipe)[0] if isinstance(event, Evaluated))


# Of a trained network: of a recipe and more words.
OF_NETWORK: Mapping[str, Callable[..., Any]] = {
    "recall": _recall,
    "confused": _confused,
    "dotted": _dotted,
    "robust": _robust,
    "smallest": _smallest,
    "kept_epoch": lambda recipe: _evaluated(recipe).kept_epoch,
}


def measure(lesson: Lesson, expression: str, dataset: str) -> Any:
    """Return a figure.

    Raises:
        UnknownFigure: if there is no such figure, or its words are wrong.
    """
    kind, *words = expression.split()
    try:
        if kind in TRAINED:
            end = _evaluated(lesson.recipe(*words, dataset))
            value: Any = (
                end.train_accuracy - end.test_accuracy if kind == "gap" else getattr(end, kind)
            )
        elif kind in BY_EPOCH:
            name, epoch = words
            value = getattr(_epochs(lesson.recipe(name, dataset))[int(epoch) - 1], kind)
        elif kind in OF_NETWORK:
            name, *more = words
            value = OF_NETWORK[kind](lesson.recipe(name, dataset), *more)
        else:
            value = MEASURED[kind](lesson, dataset, *words)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise UnknownFigure(
            f"{lesson.id}: {{{{{expression}}}}} cannot be measured: {error!r}"
        ) from None
    return round(value, DIGITS) if isinstance(value, float) else value


def needs_training(expression: str) -> bool:
    """True if the figure is of a trained network."""
    return expression.split()[0] in (*TRAINED, *BY_EPOCH, *OF_NETWORK)


def main() -> int:
    """Write or check the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lessons", nargs="*", help="ids, default all")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    given = parser.parse_args()
    known, wrong = library.figures(), 0
    for name in given.lessons or library.lesson_ids():
        lesson = library.read(library.TEXTS / name / f"{library.SOURCE}.md")
        found: dict[str, dict[str, Any]] = {}
        for expression in lesson.expressions():
            before = known.get(name, {}).get(expression, {})
            found[expression] = values = {}
            for dataset in lesson.datasets:
                skips = given.check and needs_training(expression)
                if skips or not datasets.available(dataset):
                    values[dataset] = before.get(dataset)
                else:
                    values[dataset] = measure(lesson, expression, dataset)
                old, new = before.get(dataset), values[dataset]
                if new is None or (given.check and new != old):
                    wrong += 1
                    print(f"{name}: {{{{{expression}}}}} of {dataset} was {old} and is {new}")
        known[name] = found
    if not given.check:
        text = json.dumps(known, indent=1, ensure_ascii=False, sort_keys=True)
        library.FIGURES.write_text(f"{text}\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
