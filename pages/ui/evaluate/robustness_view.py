"""Accuracy on test images that are changed more and more, against strength. Script thread."""

from collections.abc import Mapping, Sequence

import streamlit as st

from model_store import Run
from model_store.inference.robustness import STRENGTHS, Robustness
from model_store.text import N_, _
from pages.ui.components.live_plot import live_plot
from pages.ui.figures import pictures
from pages.ui.figures.evaluation import accuracy_by_strength
from pages.ui.figures.theme import percent
from pages.ui.frame import layout
from pages.ui.frame.linked import linked_select
from pages.ui.frame.model_picker import model_names, trained_models
from pages.ui.services import model_cache

HEIGHT = 260
SHARE = ("noise", "aimed")  # their strength is a share of the way from black to white
# Title, what is done, title of the axis.
PANELS = {
    "noise": (
        N_("Noise"),
        N_("Random grey is added to each pixel."),
        N_("standard deviation, black to white is 100 %"),
    ),
    "aimed": (
        N_("Aimed at the model"),
        N_("Each pixel changes by the same amount, so that the loss grows (*Fool it*)."),
        N_("change of each pixel, black to white is 100 %"),
    ),
    "blur": (N_("Blur"), N_("Each pixel mixes with its neighbours."), N_("radius in pixels")),
    "shift": (N_("Shift"), N_("The whole image moves up, down, left or right."), N_("pixels")),
    "rotation": (
        N_("Rotation"),
        N_("The image turns about its middle, left or right."),
        N_("degrees"),
    ),
}


def robustness_view(run: Run) -> None:
    """Draw a chart for each kind of change, with the images that it makes.

    Raises:
        DataError: if the data set is not on this computer.
        RunDamaged: if the run's weights cannot be used.
    """
    layout.explain(
        _(
            "Test images look like the training images: centred, upright, clean. The real world is "
            "not so tidy. Here the same test images are changed more and more. **Look where a "
            "curve begins to fall**: there the model has learned from too few images like these, "
            "and data augmentation can add some."
        )
    )
    other = _other(run)
    runs = [run] if other is None else [run, other]
    names = model_names(runs)
    found = {names[each.id]: model_cache.robustness(each) for each in runs}
    for name, each in found.items():
        layout.remark((f"**{layout.plain(name)}**: " if other else "") + summary(each))
    changes_view(found)


def changes_view(found: Mapping[str, Robustness], kinds: Sequence[str] = tuple(STRENGTHS)) -> None:
    """Draw a chart for each of some kinds of change; `found` are one or two models by name."""
    own = next(iter(found.values()))
    for first in range(0, len(kinds), 2):
        pair = kinds[first : first + 2]
        for kind, place in zip(pair, st.columns(2, gap="large"), strict=False):
            with place:
                _panel(kind, found, own)
    layout.remark(
        _(
            "{n} test images, drawn by a fixed seed, the same for all models. The dashed line is "
            "the accuracy of always answering the most frequent class."
        ).format(n=f"{own.count:,}")
    )


def _other(run: Run) -> Run | None:
    """Let a second model that was trained on the same classes be chosen."""
    known = {
        model.id: model
        for model in trained_models()
        if model.id != run.id
        and model.recipe.dataset == run.recipe.dataset
        and model.recipe.data.names == run.recipe.data.names
    }
    if not known:
        return None
    names = model_names(list(known.values()))
    chosen = linked_select("beside", _("Compare with"), {"": _("no other model"), **names})
    return known.get(chosen)


def summary(found: Robustness) -> str:
    """Compare noise with an aimed change of the same size, in a sentence or two."""
    at = STRENGTHS["aimed"].index(0.1)
    return _(
        "Noise of {size} costs {noise} percentage points of accuracy. A change of {size} that is "
        "aimed at the model costs {aimed}."
    ).format(
        size=percent(STRENGTHS["aimed"][at], 0),
        noise=_points(found.unchanged - found.accuracies["noise"][at]),
        aimed=_points(found.unchanged - found.accuracies["aimed"][at]),
    )


def _points(loss: float) -> str:
    return f"{max(0.0, 100 * loss):.1f}"


def _panel(kind: str, found: Mapping[str, Robustness], own: Robustness) -> None:
    title, what, unit = map(_, PANELS[kind])
    layout.section(title)
    layout.remark(what)
    strengths = (0.0, *STRENGTHS[kind])
    curves = {name: (each.unchanged, *each.accuracies[kind]) for name, each in found.items()}
    live_plot(
        accuracy_by_strength(strengths, curves, unit, kind in SHARE, own.guess),
        key=f"robustness_{kind}",
        height=HEIGHT,
        label=_("{title}: accuracy at each strength").format(title=title),
    )
    shown = [
        (pictures.data_url(image), percent(strength, 0) if kind in SHARE else f"{strength:g}")
        for image, strength in zip(own.examples[kind], strengths, strict=True)
    ]
    st.html(pictures.captioned_pictures(shown, len(shown), 2.75))
