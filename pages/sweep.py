"""Sweep: ask a question, let many trainings answer it, read what was found."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store import StoreError
from model_store.storage.sweep_store import Sweep
from pages.ui.figures import theme
from pages.ui.frame import layout, navigation
from pages.ui.frame.permissions import pause_notice
from pages.ui.services import singletons
from pages.ui.state import url, visitor
from pages.ui.sweep.sweep_form import sweep_form
from pages.ui.sweep.sweep_view import state_badge, sweep_view
from training.data import datasets
from training.engine.engine import EngineError
from training.sweeps.plan import Plan, expected_seconds

RECENT = 8


def new_sweep() -> None:
    """The form, what it would take, and Start."""
    plan = sweep_form(singletons.engine().limits())
    if plan is None:
        st.button(_("Start the sweep"), type="primary", disabled=True, key="start_off")
        layout.remark(_("Change what is marked above, then start."))
        return
    forecast(plan)
    if not datasets.available(plan.base.dataset):
        layout.problem(
            _("{dataset} is not on this machine yet.").format(dataset=plan.base.data.label),
            "",
            _("Download it on the Data page, or choose a recipe on Digits."),
        )
        dataset = plan.base.dataset
        navigation.link("data", _("Get it"), ":material/download:", dataset=dataset)
        return
    pause_notice()
    if st.button(_("Start the sweep"), type="primary", icon=":material/play_arrow:", key="start"):
        try:
            sweep = singletons.sweeps().submit(plan, visitor.visitor_id())
        except (EngineError, StoreError) as error:
            layout.problem(_("The sweep could not be started."), str(error))
            return
        url.set_params(sweep=sweep.id, ask=None, recipe=None)
        st.rerun()


def forecast(plan: Plan) -> None:
    """How many trials, and how long they take."""
    workers = singletons.engine().status().workers
    seconds = expected_seconds(plan, singletons.engine().expected_duration, workers)
    with st.container(horizontal=True):
        st.metric(_("Trials"), str(plan.size))
        st.metric(_("Side by side"), str(workers))
        capped = seconds is not None and plan.budget is not None and seconds > plan.budget
        at_most = plan.budget if capped else seconds
        st.metric(
            _("Expected duration"),
            _("unknown yet") if at_most is None else _("about ") + theme.duration(at_most),
        )
    if seconds is None:
        layout.remark(_("Nothing was trained here yet: after the first run this is known."))
    elif capped:
        layout.remark(
            _("All trials would take about {time}: the time budget ends it before.").format(
                time=theme.duration(seconds)
            )
        )
    layout.explain(
        _(
            "Every trial keeps {n} of its training images aside and is judged by these, never by "
            "the test set. Trials of one seed and shape start from the same weights and see the "
            "same images in the same order. Other people's single runs go before a sweep's next "
            "trial."
        ).format(n=f"{plan.validated_base.validation_images:,}")
    )


def recent(chosen: str) -> None:
    """The newest sweeps of the store, anybody's."""
    sweeps = [sweep for sweep in singletons.sweeps().list() if sweep.id != chosen][:RECENT]
    if sweeps:
        layout.section(_("Recent sweeps"))
    for sweep in sweeps:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(state_badge(sweep.state))
            navigation.link("sweep", layout.plain(title(sweep)), sweep=sweep.id)


def title(sweep: Sweep) -> str:
    """What the sweep asked, and how many trials it has."""
    asked = str(sweep.plan.get("name") or ", ".join(str(n) for n, _d in sweep.plan["space"]))
    return _("{asked} ({n} trials)").format(asked=asked, n=len(sweep.trials))


layout.header(
    _("Sweep"), _("Ask what a setting does; many trainings answer, and the noise is measured too.")
)
sweep_id = url.param("sweep")
if sweep_id:
    navigation.link("sweep", _("New sweep"), ":material/add:")
    try:
        sweep_view(singletons.sweeps().open(sweep_id))
    except StoreError as error:
        layout.problem(str(error), "", _("Start a new one, or choose a sweep below."))
else:
    if singletons.engine().status().state == "broken":
        layout.problem(singletons.engine().status().message)
    new_sweep()
recent(sweep_id)
