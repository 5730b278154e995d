"""Attribution of an answer to weights, pixels and hidden units. Script thread."""

import math

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store.inference.attribution import Attribution, attribute, weight_pictures
from model_store.inference.classifier import Classifier, softmax
from model_store.text import _
from pages.ui.figures import pictures, theme
from pages.ui.frame import layout

Pixels = NDArray[np.uint8]
DEFAULT = -1
MAX_UNITS = 8
MAX_TIMES = 1e6


def attribution_view(classifier: Classifier, image: Pixels | None) -> None:
    """Show the evidence for a class in `image`, uint8 [28, 28]; None is a blank pad."""
    names = classifier.recipe.data.names
    if image is None:
        layout.remark(_("Draw to see which pixels decide the answer."))
    else:
        target, other = _choose_classes(names, int(classifier.logits(image).argmax()))
        found = attribute(classifier, image, target, other)
        _sum(found, names[target], None if other is None else names[other])
        _pixels(classifier, found, image, target, other)
        if len(found.units):
            _units(classifier, found)
    if not classifier.recipe.hidden:
        _templates(classifier, names, image)


def _choose_classes(names: tuple[str, ...], answer: int) -> tuple[int, int | None]:
    """Let a class be chosen, and another one to compare it with."""
    left, right = st.columns(2)
    options = [DEFAULT, *range(len(names))]
    its_answer = _("the answer: {name}").format(name=names[answer])
    target = left.selectbox(
        _("Evidence for"),
        options,
        format_func=lambda c: its_answer if c == DEFAULT else names[c],
        key="attribution_target",
    )
    target = answer if target == DEFAULT else target
    other = right.selectbox(
        _("Compared with"),
        options,
        format_func=lambda c: _("no other class") if c == DEFAULT else names[c],
        key="attribution_contrast",
        help=_("Choose another class to see which pixels decide between the two."),
    )
    return target, None if other in (DEFAULT, target) else other


def _sum(found: Attribution, name: str, other: str | None) -> None:
    score = _("Score of {name}").format(name=name)
    if other is not None:
        score = _("Lead of {name} over {other}").format(name=name, other=other)
    with st.container(horizontal=True):
        st.metric(_("Empty pad"), pictures.signed_number(found.baseline))
        st.metric(_("Pixels for"), pictures.signed_number(found.positive))
        st.metric(_("Pixels against"), pictures.signed_number(found.negative))
        st.metric(score, pictures.signed_number(found.score))
    if other is None:
        layout.explain(
            _(
                "Each class has a score: the score of an empty pad plus what the ink adds. The "
                "first three numbers add up to it. Softmax turns the scores into probabilities."
            )
        )
        return
    first, second = (name, other) if found.score >= 0 else (other, name)
    times = math.exp(min(abs(found.score), math.log(MAX_TIMES)))
    layout.remark(
        _("For the model {first} is {times} times as probable as {second}.").format(
            first=layout.plain(first),
            second=layout.plain(second),
            times=f"{times:,.0f}" if times < MAX_TIMES else _("more than a million"),
        )
    )


def _pixels(
    classifier: Classifier, found: Attribution, image: Pixels, target: int, other: int | None
) -> None:
    scale = pictures.colour_scale(found.pixels)
    shown = [
        (pictures.data_url(image), _("the network's input")),
        (
            pictures.signed_picture(found.pixels, scale),
            _("evidence for and against, pixel by pixel"),
        ),
    ]
    method = _(
        "Method: integrated gradients (Sundararajan, Taly, Yan 2017), from an empty pad to this "
        "drawing, pixel by pixel."
    )
    if not classifier.recipe.hidden:
        templates = weight_pictures(classifier)
        weights = templates[target] - (0 if other is None else templates[other])
        times = pictures.signed_picture(weights, pictures.colour_scale(weights))
        shown.insert(1, (times, _("times its weights")))
        method = _("Method: weight times pixel. That is all a linear model does.")
    legend = pictures.colour_legend(scale, _("against"), _("for"))
    st.html(pictures.captioned_pictures(shown, 3, 10.5) + legend)
    layout.remark(method)


def _units(classifier: Classifier, found: Attribution) -> None:
    layout.section(
        _("The most active hidden units"),
        _(
            "Each picture shows the weights of a unit of the first hidden layer: ink on blue "
            "raises its output, ink on orange lowers it. The number is what it adds to the score."
        ),
    )
    chosen = found.top_units(MAX_UNITS)
    if not chosen:
        return
    weights = [weight_pictures(classifier, unit) for unit in chosen]
    scale = pictures.colour_scale(np.stack(weights))
    deep = len(classifier.recipe.hidden) > 1
    caption = _("Unit {n}: {part}\noutput {output} (empty pad {baseline})\ntimes weight {weight}")
    if deep:
        caption = _(
            "Unit {n}: {part}\noutput {output} (empty pad {baseline})\n"
            "each 1 of output adds {weight}"
        )
    captions = [
        caption.format(
            n=unit + 1,
            part=pictures.signed_number(float(found.units[unit])),
            output=f"{found.outputs[unit]:.2f}",
            baseline=f"{found.baseline_outputs[unit]:.2f}",
            weight=pictures.signed_number(float(found.weights[unit])),
        )
        for unit in chosen
    ]
    shown = [pictures.signed_picture(picture, scale) for picture in weights]
    legend = pictures.colour_legend(scale, _("lowers it"), _("raises it"))
    st.html(pictures.captioned_pictures([*zip(shown, captions, strict=True)]) + legend)
    if deep:
        layout.explain(
            _(
                "More layers follow. The last number is what each 1 of output adds to the score, "
                "on the way from an empty pad to this drawing (conductance)."
            )
        )


def _templates(classifier: Classifier, names: tuple[str, ...], image: Pixels | None) -> None:
    layout.section(
        _("The templates"),
        _(
            "All that this model has learned: one picture of weights for each class. Ink on blue "
            "raises the score of the class, ink on orange lowers it. All have the same scale."
        ),
    )
    templates = weight_pictures(classifier)
    scale = pictures.colour_scale(templates)
    captions = list(names)
    if image is not None:
        logits = classifier.logits(image)
        captions = [
            _("{name}: {percent}\nscore {score}").format(
                name=name,
                score=pictures.signed_number(float(score)),
                percent=theme.percent(float(p)),
            )
            for name, score, p in zip(names, logits, softmax(logits), strict=True)
        ]
    shown = [pictures.signed_picture(template, scale) for template in templates]
    legend = pictures.colour_legend(scale, _("against"), _("for"))
    st.html(pictures.captioned_pictures([*zip(shown, captions, strict=True)], 5, 6.5) + legend)
