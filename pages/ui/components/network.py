"""A network, drawn in the browser from its weights, and what flows through it. Script thread."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import ACTIVATIONS, MORE_ACTIVATIONS
from model_store.text import _
from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.figures import theme

_HTML = '<section class="lab-network"></section>'


def network(
    model: Mapping[str, Any], names: Sequence[str], key: str, image: NDArray[np.uint8] | None = None
) -> None:
    """Draw a network in place: it follows the pad, and its weights while it trains.

    Args:
        model: as `model_cache.browser_model` or, while it trains, `browser_learner` returns it.
        names: the classes' names.
        key: names the element.
        image: uint8 [28, 28], shown instead of the drawing on the pad.
    """
    pixels = "" if image is None else base64.b64encode(image.tobytes()).decode()
    data = {
        "modules": browser.modules_path(),
        "model": model,
        "names": names,
        "colours": theme.CLASS_COLOURS,
        "image": pixels,
        "activations": {
            **MORE_ACTIVATIONS,
            **{name: _(choice.label) for name, choice in ACTIVATIONS.items()},
        },
        "words": words(image),
    }
    component("network", _HTML, data, key)


def words(image: NDArray[np.uint8] | None) -> dict[str, str]:
    """Return the words of the picture; places to fill are in braces."""
    return {
        "finished": _("Draw, and watch it flow through the weights.")
        if image is None
        else _("A test image flows through the weights."),
        "unlearned": _("The network appears when its training begins."),
        "learned": _("The network after {epoch} epochs"),
        "failed": _("This browser could not load the network. Reload the page to try again."),
        "back": _("Back to your drawing") if image is None else _("Back to the first image"),
        "input": _("Input"),
        "outputs": _("Outputs"),
        "hidden": _("Hidden layer"),
        "layer": _("Hidden layer {layer}"),
        "of": _("{n} of {all} units"),
        "all": _("{n} units"),
        "raises": _("raises what it leads to"),
        "lowers": _("lowers it"),
        "before": _("‹ Stronger"),
        "after": _("Weaker ›"),
        "rank": _("Units {first} to {last} of {all} by importance"),
        "table": _("Show as tables"),
        "tableOf": _("Hidden layer {layer}: {n} of {all} units"),
        "details": _("The numbers behind it"),
        "hint": _("Choose a unit or an output to see how its number comes about."),
        "close": _("Close"),
        "unit": _("Unit {n}"),
        "unitOf": _("Unit {n} of layer {layer}"),
        "output": _("Output {name}"),
        "weights": _("its weights"),
        "picture": _("the picture"),
        "product": _("both, multiplied"),
        "noPicture": _("Draw: then the numbers of your drawing appear here."),
        "tooLarge": _("The numbers of this network have become too large to compute with."),
        "pixel": _("row {row}, column {column}"),
        "pixelHead": _("pixel"),
        "unitHead": _("unit"),
        "factors": _("value × weight"),
        "adds": _("adds"),
        "others": _("{n} others"),
        "rounding": _("rounding of these"),
        "folded": _(
            "Batch normalisation is part of these weights and of the bias: multiplied into them, "
            "it gives the same numbers."
        ),
        "bias": _("bias"),
        "sum": _("weighted sum"),
        "score": _("score"),
        "activation": _("activation"),
        "strongest": _("strongest weight to"),
        "howUnit": _("How its activation comes about"),
        "howScore": _("How the score of {name} comes about"),
        "howSoftmax": _("From scores to probabilities: the softmax"),
        "classHead": _("class"),
        "scoreHead": _("score"),
        "shiftedHead": _("less the highest"),
        "powerHead": _("e to that power"),
        "partHead": _("probability"),
        "total": _("sum"),
        "softmaxNote": _(
            "Each probability is e to its power, divided by the sum. Without subtracting the "
            "highest score first, the probabilities are the same."
        ),
        "adjusted": _(
            "Some are rounded up or down by one in the last digit, so that all add up to 100."
        ),
        "exciting": _("Test images that excite it most. Choose one to send it through:"),
        "noneExciting": _("None of the test images that were tried excites it."),
        "excitingImage": _("Test image of {label}, activation {value}: send it through"),
        "loading": _("Looking for the test images that excite it most …"),
        "notYet": _("The test images that excite it most can be seen when the training has ended."),
        "noImages": _("The test images that excite it most could not be loaded."),
        "reads": _("The network reads {name} with {percent}."),
        "opened": _("{name}: its numbers are shown."),
    }
