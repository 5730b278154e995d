"""What a sweep found: the sentences first, then the figures behind them. Script thread only."""

from __future__ import annotations

import csv
import io
from gettext import gettext as _

import streamlit as st

from model_store.storage.sweep_store import Sweep
from pages.ui.components.live_plot import live_plot
from pages.ui.figures import sweep as sweep_figures
from pages.ui.frame import layout, navigation
from pages.ui.runs.run_marks import MOST
from pages.ui.services import data_cache
from pages.ui.state import selection
from training.sweeps import search_space
from training.sweeps.findings import SEED, Findings, compare_trials
from training.sweeps.plan import Plan

COSTS = {"seconds": "Seconds", "parameters": "Parameters"}


def findings_view(sweep: Sweep, plan: Plan) -> None:
    """Draw what a finished sweep found."""
    findings = compare_trials(plan, sweep.trials)
    layout.section(_("What was found"))
    first, *rest = findings.sentences()
    st.markdown(f"**{layout.plain(first)}**")
    for sentence in rest:
        st.markdown(layout.plain(sentence))
    layout.explain(
        _(
            "Settings are compared by the {n} validation images that were kept from the training "
            "set. The test images chose nothing, so their figures are an honest check."
        ).format(n=f"{plan.validated_base.validation_images:,}")
    )
    if len(findings.groups) < 2:
        return
    _effects(findings)
    _tradeoffs(findings, sweep)
    _parallel(plan, sweep)
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
    names = [name for name in findings.groups[0].point if len(findings.means_by_value(name)) > 1]
    if not names:
        return
    layout.section(_("What each setting does"))
    if not findings.balanced:
        layout.remark(
            _(
                "Not every combination was trained to its end, so that means by value would "
                "mislead: look at the cloud as a whole."
            )
        )
    columns = st.columns(2)
    for index, name in enumerate(names):
        title = _("Validation accuracy by {name}").format(name=search_space.label(name))
        with columns[index % 2]:
            live_plot(
                sweep_figures.setting_effect(findings, name),
                key=f"effect_{name}",
                height=sweep_figures.HEIGHT,
                label=title,
            )


def _tradeoffs(findings: Findings, sweep: Sweep) -> None:
    layout.section(
        _("What accuracy costs"),
        _(
            "Further left is cheaper, higher is better. The line joins what nothing beats in both. "
            "A click on a point opens its runs."
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
                on_click=lambda: None,  # what was clicked is looked at below
            )
        if runs := clicked_runs(findings, cost, selection.component_value(key, "clicked")):
            navigation.go("compare" if len(runs) > 1 else "train", run=runs)
    if len(sizes) == 1:
        same = _("All settings have the same number of parameters, {n}: in size they cost alike.")
        layout.remark(same.format(n=f"{sizes.pop():,}"))


def clicked_runs(findings: Findings, cost: str, clicked: object) -> list[str]:
    """The runs of the setting that stands at this [cost, accuracy]; none for anything else."""
    for group in findings.groups:
        if clicked == [getattr(group, cost), group.accuracy]:
            return [trial.run for trial in group.trials][:MOST]
    return []


def _parallel(plan: Plan, sweep: Sweep) -> None:
    layout.section(
        _("All settings at once"),
        _("A line is a trial. Drag along an axis to keep only the lines through that part."),
    )
    names = [name for name, _dimension in plan.space]
    live_plot(
        sweep_figures.parallel_coordinates(names, sweep.trials),
        key=f"parallel_{sweep.id}",
        height=380,
        label=_("Parallel coordinates of all complete trials"),
    )


def _importance(sweep: Sweep) -> None:
    layout.section(_("What mattered most"))
    with st.spinner(_("Growing a forest of decision trees ...")):
        shares = data_cache.importances(sweep)
    if not shares:
        layout.remark(
            _(
                "Importance needs at least two settings that vary, two complete trials for each of "
                "them and four in all, and accuracies that differ."
            )
        )
        return
    live_plot(
        sweep_figures.setting_importance(shares),
        key=f"importance_{sweep.id}",
        height=60 + 44 * len(shares),
        label=_("Importance of each setting"),
    )
    said = _(
        "The share of each setting in how much the accuracy differs between the trials, by "
        "functional ANOVA on a random forest (Hutter, Hoos and Leyton-Brown, 2014). It speaks of "
        "the values that were tried, {n} trials, and of no others: with few trials it is rough."
    ).format(n=len(sweep.trials))
    if SEED in shares:
        said += " " + _("What the seed has is luck.")
    layout.explain(said)


def trials_csv(sweep: Sweep) -> str:
    """All trials, a line each; accuracies in [0, 1]."""
    names = list(dict.fromkeys(name for trial in sweep.trials for name in trial.point))
    out = io.StringIO()
    writer = csv.writer(out)
    facts = ("value", "test", "seconds", "parameters")
    heads = ("validation_accuracy", "test_accuracy", "seconds", "parameters")
    writer.writerow(["trial", "state", *names, *heads, "epochs", "run"])
    for trial in sweep.trials:
        point = [trial.point.get(name, "") for name in names]
        values = [getattr(trial, fact) for fact in facts]
        told = ["" if value is None else value for value in values]
        row = [trial.number + 1, trial.state.value, *point, *told, len(trial.curve), trial.run]
        writer.writerow(row)
    return out.getvalue()
