"""Findings of a sweep: sentences first, then the figures behind them. Script thread."""

import csv
import io

import streamlit as st

from model_store.storage.sweep_store import Sweep
from model_store.text import N_, _
from pages.ui.components.live_plot import live_plot
from pages.ui.figures import sweep as sweep_figures
from pages.ui.frame import layout, navigation
from pages.ui.runs.run_marks import MOST
from pages.ui.services import data_cache
from pages.ui.state import selection
from training.sweeps import search_space
from training.sweeps.findings import SEED, Findings, compare_trials
from training.sweeps.plan import Plan

COSTS = {"seconds": N_("Seconds"), "parameters": N_("Parameters")}


def findings_view(sweep: Sweep, plan: Plan) -> None:
    """Draw the findings of a finished sweep."""
    findings = compare_trials(plan, sweep.trials)
    layout.section(_("What was found"))
    first, *rest = findings.sentences()
    st.markdown(f"**{layout.plain(first)}**")
    for sentence in rest:
        st.markdown(layout.plain(sentence))
    layout.explain(
        _(
            "Settings are compared by {n} validation images that were kept from the training set. "
            "Test images are not used to choose, so the test accuracy is a fair check."
        ).format(n=f"{plan.validated_base.validation_images:,}")
    )
    if len(findings.groups) < 2:
        return
    _effects(findings)
    _tradeoffs(findings, sweep)
    layout.section(
        _("All settings at once"),
        _("Each line is a trial. Drag along an axis to keep only the lines through that part."),
    )
    live_plot(
        sweep_figures.parallel_coordinates(list(plan.dimensions), sweep.trials),
        key=f"parallel_{sweep.id}",
        height=380,
        label=_("Parallel coordinates of all complete trials"),
    )
    _importance(sweep)
    st.download_button(
        _("Trials as CSV"),
        data=lambda: trials_csv(sweep),
        file_name=f"sweep-{sweep.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="sweep_csv",
    )


def _effects(findings: Findings) -> None:
    names = [n for n in findings.groups[0].point if len(findings.means_by_value(n)) > 1]
    if not names:
        return
    layout.section(_("What each setting does"))
    if not findings.balanced:
        layout.remark(
            _(
                "Some combinations were not trained to their end, so no means are drawn: they "
                "would mislead."
            )
        )
    columns = st.columns(2)
    for index, name in enumerate(names):
        with columns[index % 2]:
            live_plot(
                sweep_figures.setting_effect(findings, name),
                key=f"effect_{name}",
                height=sweep_figures.HEIGHT,
                label=_("Validation accuracy by {name}").format(name=search_space.label(name)),
            )


def _tradeoffs(findings: Findings, sweep: Sweep) -> None:
    layout.section(
        _("What accuracy costs"),
        _(
            "Points to the left cost less, points at the top are better. The line joins the "
            "settings that no other setting beats in both. Click a point to see its runs."
        ),
    )
    sizes = {group.parameters for group in findings.groups}
    costs = [cost for cost in COSTS if cost != "parameters" or len(sizes) > 1]
    for place, cost in zip(st.columns(2), costs, strict=False):
        key = f"cost_{cost}_{sweep.id}"
        with place:
            live_plot(
                sweep_figures.cost_tradeoff(findings, cost),
                key=key,
                height=sweep_figures.HEIGHT,
                label=_("Validation accuracy against {cost}").format(cost=_(COSTS[cost])),
                on_click=lambda: None,  # the click is read below
            )
        clicked = selection.component_value(key, "clicked")
        if runs := clicked_runs(findings, cost, clicked):
            navigation.go("compare" if len(runs) > 1 else "train", run=runs)
    if len(sizes) == 1:
        same = _("All settings have the same number of parameters: {n}.")
        layout.remark(same.format(n=f"{sizes.pop():,}"))


def clicked_runs(findings: Findings, cost: str, clicked: object) -> list[str]:
    """Return the runs of the setting at this [cost, accuracy]; none for anything else."""
    for group in findings.groups:
        if clicked == [getattr(group, cost), group.accuracy]:
            return [trial.run for trial in group.trials][:MOST]
    return []


def _importance(sweep: Sweep) -> None:
    layout.section(_("What mattered most"))
    with st.spinner(_("Growing a forest of decision trees ...")):
        importances = data_cache.importances(sweep)
    if not importances:
        layout.remark(
            _(
                "Importance needs at least two settings that vary, two complete trials for each of "
                "them and four in all, and accuracies that differ."
            )
        )
        return
    live_plot(
        sweep_figures.setting_importance(importances),
        key=f"importance_{sweep.id}",
        height=60 + 44 * len(importances),
        label=_("Importance of each setting"),
    )
    text = _(
        "How much of the difference in accuracy between the trials comes from each setting "
        "(functional ANOVA on a random forest: Hutter, Hoos and Leyton-Brown, 2014). It is about "
        "the values in these {n} trials only. With few trials it is rough."
    ).format(n=len(sweep.trials))
    if SEED in importances:
        text += " " + _("The part of the seed is random variation.")
    layout.explain(text)


def trials_csv(sweep: Sweep) -> str:
    """Return all trials as a table, a line each; accuracies in [0, 1]."""
    names = list(dict.fromkeys(name for trial in sweep.trials for name in trial.point))
    out = io.StringIO()
    writer = csv.writer(out)
    heads = ("validation_accuracy", "test_accuracy", "seconds", "parameters")
    writer.writerow(["trial", "state", *names, *heads, "epochs", "run"])
    for trial in sweep.trials:
        point = [trial.point.get(name) for name in names]
        figures = (
            trial.value,
            trial.test,
            trial.seconds,
            trial.parameters,
        )  # None is written as ""
        epochs = len(trial.curve)
        writer.writerow([trial.number + 1, trial.state, *point, *figures, epochs, trial.run])
    return out.getvalue()
