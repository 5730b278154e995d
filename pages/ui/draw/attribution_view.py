"""Why a model answers as it does: weights, attribute, hidden units. Script thread."""

from __future__ import annotations

import math
from gettext import gettext as _

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store.inference.attribution import Attribution, attribute, weight_pictures
from model_store.inference.classifier import Classifier, softmax
from pages.ui.figures import pictures as signed
from pages.ui.figures import theme
from pages.ui.frame import layout

Pixels = NDArray[np.uint8]
AS_READ = -1
UNITS = 8  # hidden units shown


def attribution_view(classifier: Classifier, image: Pixels | None) -> None:
    """Show what speaks for and against a class in `image`, uint8 [28, 28]; None is an empty pad."""
    names = classifier.recipe.data.class_names
    if image is None:
        layout.remark(_("Draw a digit: here stands which of its pixels spoke for the answer."))
    else:
        logits = classifier.logits(image)
        target, against = _question(names, int(logits.argmax()))
        found = attribute(classifier, image, target, against)
        _account(found, names, target, against)
        _pixels(classifier, found, image, target, against)
        if len(found.units):
            _units(classifier, found, names[target], against is not None)
    if not classifier.recipe.hidden:
        _templates(classifier, names, image)


def _question(names: tuple[str, ...], read: int) -> tuple[int, int | None]:
    """Which class it is about, and rather than which other."""
    left, right = st.columns(2)
    target = left.selectbox(
        _("What speaks for"),
        [AS_READ, *range(len(names))],
        format_func=lambda c: (
            _("what it reads: {name}").format(name=names[read]) if c == AS_READ else names[c]
        ),
        key="attribution_target",
    )
    target = read if target == AS_READ else target
    against = right.selectbox(
        _("rather than"),
        [AS_READ, *range(len(names))],
        format_func=lambda c: _("its score alone") if c == AS_READ else names[c],
        key="attribution_contrast",
        help=_("Compare with another class: which pixels decided between the two?"),
    )
    return target, None if against in (AS_READ, target) else against


def _account(found: Attribution, names: tuple[str, ...], target: int, against: int | None) -> None:
    name = names[target]
    if against is None:
        score = _("Score of {name}").format(name=name)
    else:
        score = _("Lead of {name} over {other}").format(name=name, other=names[against])
    with st.container(horizontal=True):
        st.metric(_("Empty pad"), signed.signed_number(found.baseline))
        st.metric(_("Pixels for"), signed.signed_number(found.positive))
        st.metric(_("Pixels against"), signed.signed_number(found.negative))
        st.metric(score, signed.signed_number(found.score))
    if against is None:
        layout.explain(
            _(
                "Each class has a score: what an empty pad gets, plus what the ink adds. The three "
                "numbers add up to it; the softmax turns the ten scores into percents."
            )
        )
    else:
        layout.remark(_odds(found.score, name, names[against]))


def _odds(lead: float, name: str, other: str) -> str:
    first, second = (name, other) if lead >= 0 else (other, name)
    times = math.exp(min(abs(lead), 40.0))
    return _("The model holds {first} for {times} times as probable as {second}.").format(
        first=layout.plain(first),
        second=layout.plain(second),
        times=f"{times:,.0f}" if times < 1e6 else _("more than a million"),
    )


def _pixels(
    classifier: Classifier, found: Attribution, image: Pixels, target: int, against: int | None
) -> None:
    scale = signed.colour_scale(found.pixels)
    pictures = [
        (signed.data_url(image), _("what the network sees")),
        (signed.signed_picture(found.pixels, scale), _("evidence for and against, pixel by pixel")),
    ]
    if not classifier.recipe.hidden:
        templates = weight_pictures(classifier)
        weights = templates[target] - (0 if against is None else templates[against])
        url = signed.signed_picture(weights, signed.colour_scale(weights))
        pictures.insert(1, (url, _("times its weights")))
        method = _("Method: weight times pixel. A linear model has no other secret.")
    else:
        method = _(
            "Method: integrated gradients (Sundararajan, Taly, Yan 2017), from an empty pad to "
            "this drawing, pixel by pixel."
        )
    st.html(
        signed.captioned_pictures(pictures, 3, 10.5)
        + signed.colour_legend(scale, _("against"), _("for"))
    )
    layout.remark(method)


def _units(classifier: Classifier, found: Attribution, name: str, lead: bool) -> None:
    layout.section(
        _("The hidden units that spoke loudest"),
        _(
            "Each picture shows what a unit of the first hidden layer looks for: ink on blue "
            "excites it, ink on orange holds it back. Below stands what it adds to the score."
        ),
    )
    chosen = found.top_units(UNITS)
    if not chosen:
        return
    weights = [weight_pictures(classifier, unit) for unit in chosen]
    scale = signed.colour_scale(np.stack(weights))
    deep = len(classifier.recipe.hidden) > 1
    pictures = [
        (signed.signed_picture(picture, scale), _unit(found, unit, deep))
        for unit, picture in zip(chosen, weights, strict=True)
    ]
    st.html(
        signed.captioned_pictures(pictures)
        + signed.colour_legend(scale, _("holds it back"), _("excites it"))
    )
    if deep:
        layout.explain(
            _(
                "There are more layers above: a unit's weight is how much the score moved for each "
                "unit of its output on the way from an empty pad to this drawing (conductance)."
            )
        )


def _unit(found: Attribution, unit: int, deep: bool) -> str:
    words = (
        _("Unit {n}: {part}\nputs out {out} (empty pad {idle})\neach moves the score by {weight}")
        if deep
        else _("Unit {n}: {part}\nputs out {out} (empty pad {idle})\ntimes weight {weight}")
    )
    return words.format(
        n=unit + 1,
        part=signed.signed_number(float(found.units[unit])),
        out=f"{found.outputs[unit]:.2f}",
        idle=f"{found.baseline_outputs[unit]:.2f}",
        weight=signed.signed_number(float(found.weights[unit])),
    )


def _templates(classifier: Classifier, names: tuple[str, ...], image: Pixels | None) -> None:
    layout.section(
        _("The ten templates"),
        _(
            "All that this model has learned: one picture of weights for each class. Ink on blue "
            "speaks for the class, ink on orange against it. All ten have the same scale."
        ),
    )
    templates = weight_pictures(classifier)
    scale = signed.colour_scale(templates)
    captions = list(names)
    if image is not None:
        logits = classifier.logits(image)
        captions = [
            _("{name}: {percent}\nscore {score}").format(
                name=name,
                score=signed.signed_number(float(score)),
                percent=theme.percent(float(share)),
            )
            for name, score, share in zip(names, logits, softmax(logits), strict=True)
        ]
    pictures = [
        (signed.signed_picture(template, scale), caption)
        for template, caption in zip(templates, captions, strict=True)
    ]
    st.html(
        signed.captioned_pictures(pictures, 5, 6.5)
        + signed.colour_legend(scale, _("against"), _("for"))
    )
