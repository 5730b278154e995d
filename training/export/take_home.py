"""One HTML file with pad, bars and network: it opens without a server and without a network.

Pure but for reading the data set; any thread.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from gettext import gettext as _
from html import escape
from string import Template

import numpy as np
from numpy.typing import NDArray

from model_store import Run
from model_store.inference.classifier import Classifier
from training.data import datasets
from training.data.datasets import DataError

MODULES = ("reader", "bars", "sketch", "take_home")
SAMPLES = 10  # test images to click on


@dataclass(frozen=True, slots=True)
class Precision:
    """Test accuracy in [0, 1] with the weights as trained and as stored in the file."""

    full: float
    half: float


def take_home(
    run: Run,
    template: str,
    modules: Mapping[str, str],
    colours: Sequence[str],
    language: str = "en",
) -> str:
    """Return the page as HTML.

    Args:
        run: a finished run.
        template: the page, with `$name` where a value goes.
        modules: source of each JavaScript module in `MODULES`, by name.
        colours: one for each class, CSS.

    Raises:
        RunDamaged: if the run's weights cannot be used.
    """
    classifier = Classifier.load(run)
    test = _test_set(run)
    model = {
        "names": run.recipe.data.class_names,
        "colours": list(colours),
        "nothing": _("Draw here"),
        "layers": [
            *({"units": h.units, "activation": h.activation} for h in run.recipe.hidden),
            {"units": len(run.recipe.data.class_names), "activation": "softmax"},
        ],
        "samples": [
            {"pixels": b64encode(image.tobytes()).decode(), "name": _("Test image {n}").format(n=n)}
            for n, image in enumerate(test[0][:SAMPLES] if test else ())
        ],
    }
    return Template(template).substitute(
        lang=escape(language),
        title=escape(run.title),
        intro=escape(_("Draw a digit. The network answers on this device; it needs no internet.")),
        pad=escape(_("Drawing pad")),
        undo=escape(_("Undo")),
        clear=escape(_("Clear")),
        bars=escape(_("Probability of each class")),
        seen=escape(_("What the network sees: 28 x 28")),
        samples=escape(_("Test images")),
        about=escape(_("About this model")),
        facts="".join(
            f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
            for name, value in _facts(run, precision(classifier, test)).items()
        ),
        model=json.dumps(model).replace("<", "\\u003c"),
        weights=b64encode(halves(classifier)).decode(),
        modules="\n".join(
            f'<script type="text/plain" id="{name}">{modules[name]}</script>' for name in MODULES
        ),
    )


def halves(classifier: Classifier) -> bytes:
    """All weights as little-endian float16: each layer's kernel, row by row, then its bias."""
    limit = np.finfo(np.float16).max
    return b"".join(
        np.clip(array, -limit, limit).astype("<f2").tobytes()
        for pair in classifier.weights
        for array in pair
    )


def precision(
    classifier: Classifier, test: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None
) -> Precision | None:
    """Measure what rounding the weights costs; None without test images."""
    if test is None:
        return None
    rounded = [
        tuple(array.astype(np.float16).astype(np.float32) for array in pair)
        for pair in classifier.weights
    ]
    images, labels = test

    def accuracy(one: Classifier) -> float:
        return float((one.logits(images).argmax(axis=1) == labels).mean())

    return Precision(
        accuracy(classifier), accuracy(Classifier(classifier.recipe, [(k, b) for k, b in rounded]))
    )


def _test_set(run: Run) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    try:
        data = datasets.load(run.recipe.dataset)
    except DataError:
        return None
    return data.x_test, data.y_test


def _facts(run: Run, measured: Precision | None) -> dict[str, str]:
    out = {
        _("Data set"): run.recipe.data.label,
        _("Network"): run.recipe.network,
        _("Parameters"): f"{run.recipe.parameters:,}",
        _("Optimizer"): run.recipe.optimizer,
        _("Epochs"): f"{run.result.get('epochs', run.recipe.epochs)}",
    }
    if measured is None:
        stored = run.result.get("test_accuracy")
        if stored is not None:
            out[_("Test accuracy")] = f"{100 * stored:.2f} %"
        out[_("Weights")] = _("16 bits each; the loss of accuracy was not measured.")
        return out
    out[_("Test accuracy")] = f"{100 * measured.full:.2f} %"
    out[_("Weights")] = _("16 bits each: {accuracy} on the test images").format(
        accuracy=f"{100 * measured.half:.2f} %"
    )
    return out
