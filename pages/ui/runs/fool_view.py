"""Smallest change of a picture that changes a model's answer, with a slider. Script thread."""

import base64

import numpy as np
from numpy.typing import NDArray

from model_store import Run
from model_store.text import _
from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.figures import theme
from pages.ui.frame import layout
from pages.ui.services import model_cache

# Grey levels of the strongest change: beyond it, ink and paper can be made the same grey.
MOST = 127
_HTML = '<section class="lab-fool"></section>'


def fool_view(run: Run, image: NDArray[np.uint8] | None = None) -> None:
    """Draw the view; the browser computes it from the run's weights. Once a page.

    Args:
        run: a run of the store that has a model.
        image: uint8 [28, 28]; None follows the drawing on the pad.

    Raises:
        RunDamaged: if the run's weights cannot be used.
    """
    layout.explain(
        _(
            "Each pixel gets a little lighter or a little darker, all by the same amount, in the "
            "direction that makes the answer less probable. This is the *fast gradient sign* "
            "(Goodfellow, Shlens and Szegedy 2015)."
        )
    )
    data = {
        "modules": browser.modules_path(),
        "model": model_cache.browser_model(run),
        "names": run.recipe.data.names,
        "colours": theme.CLASS_COLOURS,
        "image": "" if image is None else base64.b64encode(image.tobytes()).decode(),
        "most": MOST,
        "words": words(),
    }
    component("fool_view", _HTML, data, "fool")
    layout.explain(
        _(
            "**Why it works.** The change of one pixel is tiny. But the model adds up all {n} "
            "pixels, each times a weight, and all the tiny changes push in the same direction. "
            "Random noise of the same size pushes in all directions, and nearly cancels out."
        ).format(n=784)
    )
    layout.explain(
        _(
            "**People are not fooled**: you see a shape, not {n} numbers. Real systems can be. "
            "Researchers made a network misread road signs with a few stickers (Eykholt and others "
            "2018). So whoever builds such a system must test it against attacks, too."
        ).format(n=784)
    )


def words() -> dict[str, str]:
    """Return the sentences of the view; places to fill are in braces."""
    return {
        "wish": _("The model should say"),
        "any": _("anything else"),
        "strength": _("Strength"),
        "value": _("{percent} ({n} of 255 grey levels)"),
        "least": _("Smallest change"),
        "before": _("The picture"),
        "change": _("The change, drawn {times} times as strong"),
        "none": _("The change: none"),
        "after": _("Picture and change together"),
        "darker": _("darker −{n}"),
        "lighter": _("+{n} lighter"),
        "beforeBars": _("Probability of each class for the picture"),
        "afterBars": _("Probability of each class for the changed picture"),
        "answer": _("{name} with {percent}"),
        "blank": _("Draw a digit: then you can try to fool the model here."),
        "smallest": _(
            "With a change of at most {percent} at each pixel, the model reads {other} instead of "
            "{name}. With every smaller one it does not."
        ),
        "fooled": _(
            "With a change of at most {percent} at each pixel, the model reads {other} instead of "
            "{name}."
        ),
        "still": _(
            "With a change of at most {percent} at each pixel, the model still reads {name}."
        ),
        "never": _("The model reads {name}, whatever the strength, up to {most}."),
        "neverWanted": _(
            "The model reads {name}. No strength up to {most} makes it say {wanted}. Move the "
            "slider to see what it says instead."
        ),
        "already": _("The model reads {name} already. Choose another class."),
        "failed": _("This browser could not load the model. Reload the page to try again."),
    }
