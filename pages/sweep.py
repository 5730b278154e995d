"""Sweep: ask a question, let many trainings answer it, read what was found."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from model_store import StoreError
from model_store.storage.sweep_store import Sweep
from model_store.text import _
from pages.ui.figures import theme
from pages.ui.frame import layout, navigation
from pages.ui.frame.permissions import pause_notice
from pages.ui.runs.recent_links import Recent, recent_links
from pages.ui.runs.run_actions import missing_data
from pages.ui.services import singletons
from pages.ui.state import url, visitor
from pages.ui.sweep.sweep_form import question_picker, sweep_form
from pages.ui.sweep.sweep_view import state_word, sweep_view
from training.engine.engine import EngineError
from training.sweeps.plan import Plan, expected_seconds

RECENT = 8


def new_sweep() -> None:
    """Draw the question, Start, and below it the form."""
    question = question_picker()
    row = st.container(horizontal=True, vertical_alignment="center", key="start_row")
    messages = st.container()
    plan = sweep_form(question, singletons.engine().limits())
    with messages:
        start(plan, row)


def start(plan: Plan | None, row: DeltaGenerator) -> None:
    """Draw the button in `row`, or say why the sweep cannot start."""
    label = _("Start the sweep")
    if plan is None:
        row.button(label, type="primary", disabled=True, key="start_off")
        layout.remark(_("Change what is marked below, then start."))
        return
    if not singletons.has_dataset(plan.base.dataset):
        missing_data(plan.base.data.title, plan.base.dataset)
        return
    with row:
        pressed = st.button(label, type="primary", icon=":material/play_arrow:", key="start")
        layout.remark(forecast(plan))
    pause_notice()
    layout.explain(
        _(
            "Each trial keeps {n} training images aside for validation. Trials are compared by "
            "their accuracy on these images, never by the test set. Trials with the same seed and "
            "layers start from the same weights and see the same images in the same order. Single "
            "runs of other people start before the next trial."
        ).format(n=f"{plan.validated_base.validation_images:,}")
    )
    if pressed:
        what = _("The sweep could not be started.")
        with layout.problem_on(EngineError, StoreError, what=what):
            sweep = singletons.sweeps().submit(plan, visitor.visitor_id())
            url.set_params(sweep=sweep.id, ask=None, recipe=None)
            st.rerun()


def forecast(plan: Plan) -> str:
    """Say how many trials there are, how many run side by side, and how long they take."""
    workers = singletons.engine().status().workers
    seconds = expected_seconds(plan, singletons.engine().expected_duration, workers)
    if seconds is None:
        time = _("the time is known after the first training here")
    elif plan.budget is not None and seconds > plan.budget:
        time = _("about {time}, but the time budget ends it after {budget}").format(
            time=theme.duration(seconds), budget=theme.duration(plan.budget)
        )
    else:
        time = _("about {time}").format(time=theme.duration(seconds))
    return _("**{n} trials**, {workers} side by side: {time}.").format(
        n=plan.size, workers=workers, time=time
    )


def recent(chosen: str) -> None:
    """Draw links to the newest sweeps of the store."""
    sweeps = singletons.sweeps().newest(RECENT, but=chosen)
    links = [Recent(each.id, state_word(each.state), title(each)) for each in sweeps]
    recent_links(_("Recent sweeps"), links, "sweep")


def title(sweep: Sweep) -> str:
    """Return the sweep's question, or what varies, and its number of trials."""
    name = str(sweep.plan.get("name") or ", ".join(str(n) for n, _d in sweep.plan["space"]))
    return _("{name} ({n} trials)").format(name=name, n=len(sweep.trials))


layout.header(
    _("Sweep"),
    _("Find out what a setting does: many trainings answer, and random variation is measured."),
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
