"""Chosen runs side by side: overlaid curves, what differs, how they began. Script thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from gettext import gettext as _
from html import escape

import streamlit as st

from model_store import Run
from model_store.analysis import data_diff
from model_store.analysis.curves import Axis, Split
from model_store.analysis.recipe_diff import differences
from model_store.analysis.run_query import seconds
from model_store.inference.metrics import wilson
from model_store.runs.history import History
from pages.ui.compare.initial_weights import initial_weights_text
from pages.ui.compare.run_table import took
from pages.ui.components.live_plot import live_plot
from pages.ui.figures import theme
from pages.ui.figures.overlaid_curves import RunCurves, overlaid_curves
from pages.ui.figures.setting_names import setting_name, setting_value
from pages.ui.frame import layout
from pages.ui.runs.run_marks import Mark
from pages.ui.services import record_cache

Histories = Mapping[str, History]
Marks = Mapping[str, Mark]

_AXES = {Axis.EPOCH: "epochs", Axis.STEP: "steps", Axis.SECONDS: "seconds"}
_SMOOTHINGS = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98)


CURVES = "lab-curves"  # the place on the page that a link leads to


def chosen_line(runs: Sequence[Run], marks: Marks) -> str:
    """The chosen runs, and a link down to their curves, as HTML."""
    names = "".join(f"<span>{marks[run.id].html}</span>" for run in runs)
    way = escape(_("To the curves"))
    return f'<p class="lab-chosen">{names}<a href="#{CURVES}" target="_self">{way} ↓</a></p>'


def curves(runs: Sequence[Run], marks: Marks, histories: Histories) -> None:
    """Loss and accuracy of all the runs that were trained here, and how they are drawn."""
    st.html(f'<div id="{CURVES}"></div>')
    runs = [run for run in runs if not run.imported]
    if not runs:
        return
    layout.section(_("Curves"))
    across, which, smooth, scale = st.columns([3, 3, 3, 2])
    with across:
        axis: Axis = st.segmented_control(
            _("Over"),
            list(Axis),
            default=Axis.EPOCH,
            format_func=lambda axis: _(_AXES[axis]),
            required=True,
            help=_("Epochs for what it learned, seconds for what that cost."),
            key="overlay_axis",
        )
    words = {Split.TRAINING: _("training"), Split.VALIDATION: _("validation")}
    with which:
        splits = st.pills(
            _("Curves"),
            list(Split),
            selection_mode="multi",
            default=list(Split),
            format_func=lambda split: words[split],
            help=_("Training: images that it learns from. Validation: images that it does not."),
            key="overlay_splits",
        )
    with smooth:
        smoothing = st.select_slider(
            _("Smoothing"),
            _SMOOTHINGS,
            help=_(
                "An exponential moving mean: so much of each point is the mean of those before it. "
                "Its start is corrected for the missing past (as in Adam). Pale: as measured."
            ),
            key="overlay_smoothing",
        )
    with scale:
        logarithmic = st.toggle(
            _("Logarithmic loss"),
            help=_("Equal steps on the axis are equal factors: small and huge losses are visible."),
            key="overlay_logarithmic",
        )
    lines = [
        RunCurves(f"{mark.letter} {mark.title}", mark.colour, run.recipe, histories[run.id])
        for run, mark in ((run, marks[run.id]) for run in runs)
    ]
    for place, figure, title in zip(
        st.columns(2), ("loss", "accuracy"), (_("Loss"), _("Accuracy")), strict=True
    ):
        with place:
            st.markdown(f"**{title}**")
            drawn = overlaid_curves(lines, figure, axis, splits, smoothing, logarithmic)
            live_plot(drawn, f"overlay_{figure}", 360, _("{figure} of all").format(figure=title))
            if drawn.layout.yaxis.range:
                layout.remark(
                    _("A run's loss leaves the chart: use the logarithmic axis to see it.")
                )
    if len(splits) == len(Split):
        layout.remark(_("Dotted: training. Whole line: validation."))
    if not splits:
        layout.remark(_("Choose training or validation curves above."))
    elif splits == [Split.VALIDATION] and not any(
        h.validation("loss")[0] for h in histories.values()
    ):
        layout.remark(_("None of these runs has validation figures: see Validation in the recipe."))


def compared(runs: Sequence[Run], marks: Marks) -> None:
    """What differs between two runs or more, what came out, and whether they began alike."""
    found = differences([run.recipe for run in runs], [run.imported for run in runs])
    layout.section(_("What differs"))
    rows = [
        (setting_name(name), [setting_value(name, value) for value in values])
        for name, values in (*found.differ.items(), *data_diff.differences(runs).items())
    ]
    st.html(_table(runs, marks, rows, _figures(runs)))
    if not rows:
        layout.explain(_("The recipes are equal: same seed, same machine, the same curve."))
    elif len(rows) == 1:
        layout.explain(_("One setting differs: what else differs, comes from it."))
    layout.remark(_uncertainty(runs))
    for sentence in initial_weights_text(runs, marks):
        st.markdown(sentence)
    with st.expander(_("{n} settings are the same").format(n=len(found.same))):
        same = ((setting_name(k), setting_value(k, v)) for k, v in found.same.items())
        st.html(f'<div class="lab-scroll"><table class="lab-diff">{_body(same)}</table></div>')


def _figures(runs: Sequence[Run]) -> list[tuple[str, list[str], int | None]]:
    """What came out: name, a text for each run, and which is the highest accuracy."""
    scores = [record_cache.scores(run) for run in runs]
    tests = [run.result.get("test_accuracy") for run in runs]
    trains = [run.result.get("train_accuracy") for run in runs]
    gaps = [None if a is None or b is None else a - b for a, b in zip(trains, tests, strict=True)]
    bests = [score.best for score in scores]
    shares = (
        (_("Test accuracy"), tests),
        (_("Best validation accuracy"), bests),
        (_("Training accuracy at the end"), trains),
    )
    rows = [(n, [theme.percent(v, 2) for v in row], _highest(row)) for n, row in shares]
    points = ["–" if gap is None else _("{n} points").format(n=f"{100 * gap:.2f}") for gap in gaps]
    times = [took(seconds(run, score)) for run, score in zip(runs, scores, strict=True)]
    parameters = [f"{run.recipe.parameters:,}" for run in runs]
    return [
        *rows,
        (_("Gap (over-fitting)"), points, None),
        (_("Time"), times, None),
        (_("Parameters"), parameters, None),
    ]


def _highest(values: Sequence[float | None]) -> int | None:
    """The place of the one highest value; None if it is shared, or is compared with nothing."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or known.count(max(known)) > 1:
        return None
    return values.index(max(known))


def _table(
    runs: Sequence[Run],
    marks: Marks,
    settings: Sequence[tuple[str, Sequence[str]]],
    figures: Sequence[tuple[str, Sequence[str], int | None]],
) -> str:
    heads = "".join(f'<th scope="col">{marks[run.id].html}</th>' for run in runs)
    rows = []
    for name, values in settings:
        cells = "".join(
            f"<td{' data-other' if value != values[0] else ''}>{escape(value)}</td>"
            for value in values
        )
        rows.append(f'<tr data-differs><th scope="row">{escape(name)}</th>{cells}</tr>')
    for name, values, best in figures:
        cells = "".join(
            f"<td{' data-best' if place == best else ''}>{escape(value)}</td>"
            for place, value in enumerate(values)
        )
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    return (
        '<div class="lab-scroll" tabindex="0"><table class="lab-diff"><thead><tr><td></td>'
        f"{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _body(rows: Iterable[tuple[str, str]]) -> str:
    return "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in rows
    )


def _uncertainty(runs: Sequence[Run]) -> str:
    """How much of a difference in test accuracy may be luck, from the number of test images."""
    widths = []
    for run in runs:
        accuracy = run.result.get("test_accuracy")
        if accuracy is not None:
            images = run.recipe.data.test
            low, high = wilson(round(accuracy * images), images)
            widths.append((100 * (high - low) / 2, images))
    if not widths:
        return _("The figures come when the runs have ended.")
    width, images = max(widths)
    return _(
        "A test accuracy from {n} images is known to about {width} points either way (95 % "
        "interval): smaller differences may be luck."
    ).format(n=f"{images:,}", width=f"±{width:.2f}")
