"""One HTML file with drawing pad, bars and network. It opens without a server or a network.

Reads the data set's test images, else pure; any thread.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from string import Template
from typing import Any

import numpy as np

from model_store import Run
from model_store.inference.classifier import Classifier
from model_store.recipe.choices import OPTIMIZERS, PIXEL_NORMS, Dataset, activation_label
from model_store.recipe.settings import BATCH_NORM
from model_store.recipe.text import percent
from model_store.text import _, named
from model_store.text.languages import language
from training.data import datasets
from training.data.datasets import DataError
from training.data.own_sets import has_data, recipe_data
from training.export.stored_weights import Images, StoredWeights

FILE_NAME = "my-network.html"
MODULES = ("reader", "bars", "sketch", "take_home")
_SCRIPT = re.compile(r'<script type="module">(.*?)</script>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class PageSource:
    """What every file is made from.

    `page` is HTML with `$name` where a value goes. `modules` has the JavaScript of each name in
    `MODULES`. `colours` has a CSS colour for each class.
    """

    page: str
    modules: Mapping[str, str]
    colours: Sequence[str]


def can_be_tried(run: Run) -> bool:
    """True if the file has something to show: a digit can be drawn, or there are test images."""
    return run.recipe.data.drawable or has_data(run)


def take_home(run: Run, source: PageSource) -> str:
    """Return the file of a run with a model, as HTML.

    Raises:
        RunDamaged: if the run's weights cannot be used.
    """
    classifier = Classifier.load(run)
    images, labels = _test_set(run)
    weights = StoredWeights.of(classifier, images, labels)
    samples = list(_samples(images, labels, run.recipe.data.names))
    model = _model(run, weights, samples, source.colours)
    facts = _facts(run, weights, bool(samples))
    return Template(source.page).substitute(
        _texts(),
        script_hash=_script_hash(source.page),
        language=language(),
        percent=_("{number} %").format(number=""),
        title=escape(named(run.title)),
        summary=escape(_summary(run, weights, images)),
        starting=escape(model["words"]["nothing"]),
        label_width="1.2rem" if max(map(len, model["names"])) == 1 else "6.5rem",
        input_hidden="" if model["drawable"] else " hidden",
        images_hidden="" if samples else " hidden",
        facts="".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts),
        model=json.dumps(model).replace("<", "\\u003c"),
        weights=b64encode(weights.content).decode(),
        modules="\n".join(
            f'<script type="text/plain" id="{name}">{source.modules[name]}</script>'
            for name in MODULES
        ),
    )


def _model(
    run: Run, weights: StoredWeights, samples: Sequence[Mapping[str, str]], colours: Sequence[str]
) -> dict[str, Any]:
    """Return the page's data but for the weights: `Model` of `take_home.js`."""
    recipe = run.recipe
    hidden = ({"units": h.units, "activation": h.activation} for h in recipe.hidden)
    layers: list[dict[str, Any]] = [*hidden, {"units": recipe.classes, "activation": "softmax"}]
    if recipe.pixel_norm != "none":
        layers[0]["pixelNorm"] = recipe.pixel_norm
    return {
        "names": recipe.data.names,
        "colours": list(colours),
        "drawable": recipe.data.drawable,
        "bits": weights.bits,
        "layers": layers,
        "samples": samples,
        "words": _words(recipe.data),
    }


def _texts() -> dict[str, str]:
    """Return the page's own sentences as HTML, by the name of their place."""
    texts = {
        "pad": _("Drawing pad"),
        "undo": _("Undo"),
        "clear": _("Clear"),
        "hint": _(
            "Draw it large. With the keyboard: arrow keys move the cross, Space sets a "
            "corner, Enter ends the line."
        ),
        "answer": _("Answer"),
        "bars": _("Probability of each class"),
        "seen": _("What the network sees: 28 x 28"),
        "images": _("Test images: choose one"),
        "about": _("About this model"),
        "no_script": _("This page needs JavaScript. Open it in a browser that allows it."),
        "problem": _("This page could not start. Open it in a newer browser."),
    }
    return {name: escape(text) for name, text in texts.items()}


def _words(data: Dataset) -> dict[str, str]:
    """Return the sentences that the page fills in."""
    draw, choose = _("Draw a digit: the ten bars answer here."), _("Choose a test image.")
    if not data.is_digits:
        draw = _("Draw one of the classes: the bars answer here.")
    return {
        "nothing": draw if data.drawable else choose,
        "answer": _("{name}, {percent}"),
        "right": _("Right."),
        "wrong": _("Wrong: it is {truth}."),
        "place": _("{across} across, {down} down"),
    }


def _test_set(run: Run) -> tuple[Images, Images] | tuple[None, None]:
    try:
        data = (
            recipe_data(run.recipe, run.folder.parent)
            if run.recipe.own
            else datasets.load(run.recipe.dataset)
        )
    except DataError:
        return None, None
    return data.x_test, data.y_test


def _samples(
    images: Images | None, labels: Images | None, names: Sequence[str]
) -> Iterator[dict[str, str]]:
    """Yield the first test image of each class."""
    if images is None or labels is None:
        return
    for label, name in enumerate(names):
        found = np.flatnonzero(labels == label)[:1]
        for index in found:
            pixels = b64encode(images[index].tobytes()).decode()
            text = _("Test image of class {name}").format(name=name)
            yield {"pixels": pixels, "truth": name, "label": text}


def _summary(run: Run, weights: StoredWeights, images: Images | None) -> str:
    """Say how good the network is, as far as it is known."""
    accuracy = run.result.get("test_accuracy") if weights.accuracy is None else weights.accuracy
    words: dict[str, Any] = {"dataset": run.recipe.data.title, "accuracy": percent(accuracy, 2)}
    if accuracy is None:
        return _(
            "A neural network for {dataset}. It runs on this device, without internet."
        ).format(**words)
    words["n"] = f"{run.recipe.data.test if images is None else len(images):,}"
    sentence = _(
        "A neural network that gets {accuracy} of the {n} test images of {dataset} right. It runs "
        "on this device, without internet."
    )
    return sentence.format(**words)


def _facts(run: Run, weights: StoredWeights, with_images: bool) -> Iterator[tuple[str, str]]:
    recipe = run.recipe
    yield _("Network"), recipe.network
    yield (_("Activation"), ", ".join(activation_label(h.activation) for h in recipe.hidden) or "–")
    if any(layer.batch_norm for layer in recipe.hidden):
        yield _(BATCH_NORM.label), _("part of the weights")
    if recipe.pixel_norm != "none":
        yield _("Pixels divided"), _(PIXEL_NORMS[recipe.pixel_norm].label)
    yield _("Parameters"), f"{recipe.parameters:,}"
    yield _("Data set"), recipe.data.label
    if run.imported:
        yield _("Training"), _("Not known: the model was imported from a file.")
    else:
        sentence = _("{n} epochs with {optimizer}, learning rate {rate}")
        optimizer = _(OPTIMIZERS[recipe.optimizer].label)
        epochs = run.result.get("epochs", recipe.epochs)
        yield (
            _("Training"),
            sentence.format(n=epochs, optimizer=optimizer, rate=f"{recipe.learning_rate:g}"),
        )
    for source in run.added_sources:
        yield _("Also trained on"), f"{source.get('name', '')} ({source.get('licence', '')})"
    if weights.accuracy is not None:
        yield _("Test accuracy"), percent(weights.accuracy, 2)
    elif "test_accuracy" in run.result:
        yield _("Test accuracy"), percent(run.result["test_accuracy"], 2)
    yield _("Weights"), weights.sentence
    if with_images:
        yield _("Test images"), recipe.data.licence


def _script_hash(page: str) -> str:
    """Return the page's own script for its Content-Security-Policy: no other may run."""
    scripts = _SCRIPT.findall(page)
    return "sha256-" + b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
