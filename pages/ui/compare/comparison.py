"""Chosen runs side by side: curves, differences and initial weights. Script thread."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

import streamlit as st

from model_store import Run
from model_store.analysis import data_diff
from model_store.analysis.curves import Axis, Split
from model_store.analysis.recipe_diff import Value, differences
from model_store.analysis.setting_names import setting_name, setting_value
from model_store.inference.metrics import wilson
from model_store.runs.history import History
from model_store.text import N_, _
from pages.ui.compare.initial_weights import initial_weights_text
from pages.ui.compare.run_table import training_time
from pages.ui.components.live_plot import live_plot
from pages.ui.figures.overlaid_curves import RunCurves, overlaid_curves
from pages.ui.figures.theme import percent
from pages.ui.frame import layout
from pages.ui.runs.run_marks import Mark

Marks = Mapping[str, Mark]
Result = tuple[str, Sequence[str], int | None]  # name, a text for each run, place of the highest

_AXES = {Axis.EPOCH: N_("epochs"), Axis.STEP: N_("steps"), Axis.SECONDS: N_("seconds")}
_SPLITS = {Split.TRAINING: N_("training"), Split.VALIDATION: N_("validation")}
_SMOOTHINGS = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98)
_ANCHOR = "lab-curves"


def chosen_runs_html(runs: Sequence[Run], marks: Marks) -> str:
    """Return the chosen runs and a link down to their curves as HTML."""
    names = "".join(f"<span>{marks[run.id].html}</span>" for run in runs)
    label = escape(_("To the curves"))
    return f'<p class="lab-chosen">{names}<a href="#{_ANCHOR}" target="_self">{label} ↓</a></p>'


def curves_view(runs: Sequence[Run], marks: Marks, histories: Mapping[str, History]) -> None:
    """Draw loss and accuracy of the runs that were trained here, and the chart's controls."""
    st.html(f'<div id="{_ANCHOR}"></div>')
    runs = [run for run in runs if not run.imported]
    if not runs:
        return
    layout.section(_("Curves"))
    across, which, smooth, scale = st.columns([3, 3, 3, 2])
    axis: Axis = across.segmented_control(
        _("Over"),
        list(Axis),
        default=Axis.EPOCH,
        format_func=lambda axis: _(_AXES[axis]),
        required=True,
        help=_("Epochs or steps: how much it has learned from. Seconds: how long that took."),
        key="overlay_axis",
    )
    splits = which.pills(
        _("Curves"),
        list(Split),
        selection_mode="multi",
        default=list(Split),
        format_func=lambda split: _(_SPLITS[split]),
        help=_("Training: images it learns from. Validation: images it does not learn from."),
        key="overlay_splits",
    )
    smoothing = smooth.select_slider(
        _("Smoothing"),
        _SMOOTHINGS,
        help=_(
            "An exponential moving average. At 0.9, nine tenths of each point come from the points "
            "before it. The pale lines are the measured values."
        ),
        key="overlay_smoothing",
    )
    logarithmic = scale.toggle(
        _("Logarithmic loss"),
        help=_("Equal steps on the axis are equal factors: small and huge losses are visible."),
        key="overlay_logarithmic",
    )
    lines = [
        RunCurves(f"{mark.letter} {mark.title}", mark.colour, run.recipe, histories[run.id])
        for run, mark in ((run, marks[run.id]) for run in runs)
    ]
    titles = {"loss": _("Loss"), "accuracy": _("Accuracy")}
    for place, (figure, title) in zip(st.columns(2), titles.items(), strict=True):
        with place:
            st.markdown(f"**{title}**")
            chart = overlaid_curves(lines, figure, axis, splits, smoothing, logarithmic)
            live_plot(chart, f"overlay_{figure}", 360, _("{figure} of all").format(figure=title))
            if chart.layout.yaxis.range:
                layout.remark(
                    _("A run's loss leaves the chart: use the logarithmic axis to see it.")
                )
    if len(splits) == len(Split):
        layout.remark(_("Dotted line: training. Solid line: validation."))
    if not splits:
        layout.remark(_("Choose training or validation curves above."))
    elif splits == [Split.VALIDATION] and not any(
        h.validation("loss")[0] for h in histories.values()
    ):
        layout.remark(
            _("None of these runs used validation: you can set Validation in the recipe.")
        )


def differences_view(runs: Sequence[Run], marks: Marks) -> None:
    """Draw the different settings, the results and the initial weights of two runs or more."""
    found = differences([run.recipe for run in runs], [run.imported for run in runs])
    differ = {**found.differ, **data_diff.differences(runs)}
    layout.section(_("What differs"))
    heads = "".join(f'<th scope="col">{marks[run.id].html}</th>' for run in runs)
    rows = [_setting_row(name, values) for name, values in differ.items()]
    rows += [_result_row(*result) for result in _results(runs)]
    st.html(
        '<div class="lab-scroll" tabindex="0"><table class="lab-diff"><thead><tr><td></td>'
        f"{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
    if not differ:
        layout.explain(_("The recipes are equal: with the same seed, so are the curves."))
    elif len(differ) == 1:
        layout.explain(_("Only one setting differs: it causes all other differences."))
    layout.remark(_uncertainty(runs))
    for sentence in initial_weights_text(runs, marks):
        st.markdown(sentence)
    with st.expander(_("{n} settings are the same").format(n=len(found.same))):
        same = [_row(setting_name(k), [(setting_value(k, v), "")]) for k, v in found.same.items()]
        st.html(f'<div class="lab-scroll"><table class="lab-diff">{"".join(same)}</table></div>')


def _setting_row(name: str, values: Sequence[Value]) -> str:
    texts = [setting_value(name, value) for value in values]
    flagged = [(text, "" if text == texts[0] else " data-other") for text in texts]
    return _row(setting_name(name), flagged, " data-differs")


def _result_row(name: str, texts: Sequence[str], best: int | None) -> str:
    return _row(name, [(text, " data-best" if i == best else "") for i, text in enumerate(texts)])


def _row(name: str, cells: Iterable[tuple[str, str]], flag: str = "") -> str:
    """Return a row of the table as HTML; a cell is its text and its attribute."""
    columns = "".join(f"<td{attribute}>{escape(text)}</td>" for text, attribute in cells)
    return f'<tr{flag}><th scope="row">{escape(name)}</th>{columns}</tr>'


def _results(runs: Sequence[Run]) -> list[Result]:
    tests = [run.result.get("test_accuracy") for run in runs]
    trains = [run.result.get("train_accuracy") for run in runs]
    gaps = [None if a is None or b is None else a - b for a, b in zip(trains, tests, strict=True)]
    accuracies = {
        _("Test accuracy"): tests,
        _("Best validation accuracy"): [run.scores.best for run in runs],
        _("Accuracy on training images, after training"): trains,
    }
    points = _("{n} percentage points")
    return [
        *((name, [percent(v, 2) for v in row], _highest(row)) for name, row in accuracies.items()),
        (
            _("Gap (over-fitting)"),
            ["–" if gap is None else points.format(n=f"{100 * gap:.2f}") for gap in gaps],
            None,
        ),
        (_("Time"), [training_time(run.seconds) for run in runs], None),
        (_("Parameters"), [f"{run.recipe.parameters:,}" for run in runs], None),
    ]


def _highest(values: Sequence[float | None]) -> int | None:
    """Return the place of the highest of several values; None if two values share it."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or known.count(max(known)) > 1:
        return None
    return values.index(max(known))


def _uncertainty(runs: Sequence[Run]) -> str:
    """Say how much of a difference in test accuracy may be chance."""
    widths = []
    for run in runs:
        accuracy, images = run.result.get("test_accuracy"), run.recipe.data.test
        if accuracy is not None:
            low, high = wilson(round(accuracy * images), images)
            widths.append((100 * (high - low) / 2, images))
    if not widths:
        return _("The results appear here when the runs have ended.")
    width, images = max(widths)
    return _(
        "Test accuracy is measured on {n} images. Its 95 % interval is about ±{width} percentage "
        "points: smaller differences may be chance."
    ).format(n=f"{images:,}", width=f"{width:.2f}")
