"""View of one run, live or finished: progress, controls, curves and result. Script thread."""

from collections.abc import Mapping
from contextlib import suppress
from gettext import gettext as _

import streamlit as st

from model_store import Run, RunState, StoreError
from model_store.inference.metrics import wilson
from model_store.recipe.presets import SPREAD, Preset, find_preset
from model_store.recipe.recipe import Recipe
from model_store.recipe.settings import LEARNING_RATE
from model_store.runs.history import History
from pages.ui.components.answer import answer, learner_answer
from pages.ui.components.live_refresh import refresh_on
from pages.ui.components.network import network
from pages.ui.components.run_curve import run_curve
from pages.ui.components.run_progress import run_progress
from pages.ui.figures import theme
from pages.ui.frame import layout, navigation
from pages.ui.frame.owners import owner_name
from pages.ui.frame.permissions import may_command, pause_notice, stop
from pages.ui.pad.pad import read_pad
from pages.ui.runs.diagnosis_view import diagnosis_view
from pages.ui.runs.imported_run import imported_run_view
from pages.ui.runs.run_actions import compare_link, downloads_link, model_links, resume_button
from pages.ui.runs.run_texts import gap_text, provenance_text
from pages.ui.runs.verification import verification_result
from pages.ui.services import live_topics, model_cache, records, singletons
from training.data.datasets import DataError
from training.engine.attempt import Phase
from training.loop.control import Action, Command

STATES = {
    RunState.QUEUED: ("waiting", "gray"),
    RunState.RUNNING: ("training", "blue"),
    RunState.PAUSED: ("paused", "orange"),
    RunState.DONE: ("done", "green"),
    RunState.STOPPED: ("stopped", "orange"),
    RunState.FAILED: ("failed", "red"),
    RunState.INTERRUPTED: ("interrupted", "red"),
    RunState.CANCELLED: ("cancelled", "gray"),
}
# The worker obeys within seconds; until then the store still says that the run trains.
PHASES: Mapping[Phase | None, tuple[str, str]] = {
    Phase.PAUSED: STATES[RunState.PAUSED],
    Phase.STOPPING: ("stopping", "orange"),
}


def run_view(run: Run) -> None:
    """Draw the run; what changes while it is unfinished, the browser draws by itself."""
    if not run.state.is_finished():
        seen = live_topics.run_state(run)["version"]
        refresh_on({f"state:{run.id}": seen}, key=f"refresh_{run.id}")
    if run.imported:
        imported_run_view(run)
        return
    history = records.history(run)
    # What stands below keeps its place, and with it its elements, whatever stands in these.
    status, controls = st.container(), st.container()
    with status:
        _status(run)
    with controls:
        _controls(run)
    _curves(run)
    _network(run)
    diagnosis_view(run, history)
    if run.result:
        _result(run, history)


def state_word(run: Run) -> tuple[str, str]:
    """Return the word for a run's state, translated, and its colour."""
    phase = None if run.state.is_finished() else singletons.engine().phase(run.id)
    word, colour = PHASES.get(phase, STATES[run.state])
    return _(word), colour


def state_badge(run: Run) -> str:
    """Return the state as a coloured word in Markdown."""
    word, colour = state_word(run)
    return f":{colour}-badge[{word}]"


def _status(run: Run) -> None:
    by = _("started by {who}").format(who=layout.plain(owner_name(run)))
    title = layout.plain(run.title)
    with st.container(horizontal=True, vertical_alignment="center"):
        words = f"{state_badge(run)} **{title}** · {run.recipe.network} · {by}"
        st.markdown(words, width="content")
        navigation.link("train", _("New training"), ":material/add:")
    if not run.state.is_finished():
        pause_notice()
    if run.sweep:
        label = _("A trial of a sweep: see the result of the sweep")
        navigation.link("sweep", label, ":material/tune:", sweep=run.sweep)
    if run.message:
        layout.notice(run.message)
    if run.provenance:
        layout.remark(provenance_text(run))
    run_progress(run, key=f"progress_{run.id}")


def _controls(run: Run) -> None:
    engine = singletons.engine()
    live = not run.state.is_finished()
    if not may_command(run.owner):
        if live:
            layout.remark(_("This is another person's training: you can watch it."))
        return
    if live and not engine.has(run.id):
        layout.remark(
            _("Another server trains this run. Open the page there to pause, stop or change it.")
        )
        return
    if engine.phase(run.id) is Phase.STOPPING:
        layout.remark(_("It stops after the current batches, then its model is tested and saved."))
        return
    with st.container(horizontal=True):
        if run.state is RunState.RUNNING:
            _command(run, _("Pause"), ":material/pause:", Action.PAUSE)
        if run.state is RunState.PAUSED and not engine.status().held:
            _command(run, _("Resume"), ":material/play_arrow:", Action.RESUME)
            _command(run, _("One epoch"), ":material/skip_next:", Action.STEP)
        if live:
            label = _("Cancel") if run.state is RunState.QUEUED else _("Stop and save")
            icon = ":material/stop:"
            st.button(label, icon=icon, key=f"stop_{run.id}", on_click=stop, args=(run,))
        elif run.state.ended_early():
            label = _("Resume from the last checkpoint") if run.started else _("Queue it again")
            resume_button(run, label)
        if run.state in (RunState.RUNNING, RunState.PAUSED):
            with st.popover(_("Change the learning rate"), icon=":material/speed:"):
                rate = st.number_input(
                    _("Learning rate from now on"),
                    min_value=LEARNING_RATE.low,
                    max_value=LEARNING_RATE.high,
                    value=run.recipe.learning_rate,
                    format="%g",
                    step=None,
                    key=f"rate_{run.id}",
                )
                if st.button(_("Set"), key="set_rate"):
                    _send(run.id, Action.LEARNING_RATE, rate)


def _command(run: Run, label: str, icon: str, action: Action) -> None:
    st.button(label, icon=icon, key=f"{action}_{run.id}", on_click=_send, args=(run.id, action))


def _send(run_id: str, action: Action, value: float | None = None) -> None:
    """Send a command to the run's worker."""
    singletons.engine().command(run_id, Command(action, value))


def _curves(run: Run) -> None:
    titles = (_("Loss: lower is better"), _("Accuracy: percentage of right answers"))
    if run.recipe.data.drawable and (run.has_model or not run.state.is_finished()):
        left, right = st.columns([2, 3], gap="medium")
        height, places = 190, (left, left)
        with right:
            _drawing(run)
    else:
        height, places = 320, (*st.columns(2),)
    for place, figure, title in zip(places, ("loss", "accuracy"), titles, strict=True):
        with place:
            st.markdown(f"**{title}**")
            run_curve(run, figure, key=f"{figure}_{run.id}", height=height, label=title)


@st.fragment
def _drawing(run: Run) -> None:
    """Draw the pad, and beside it the answer of the network as it learns or as it is."""
    names, key = run.recipe.data.class_names, f"bars_{run.id}"
    left, right = layout.side_by_side()
    with left:
        title = _("Your drawing") if run.has_model else _("Your drawing, as the network learns")
        st.markdown(f"**{title}**")
        _strokes, steps = read_pad()
    with right:
        if not run.has_model:
            learner_answer(names, key, model_cache.browser_learner(run))
            return
        with layout.problem_on(StoreError):
            classifier = model_cache.classifier(run)
            found = classifier.probabilities(steps.centred) if steps else None
            live = model_cache.browser_model(run)
            answer(found, names, key, steps.centred if steps else None, live=live)


def _network(run: Run) -> None:
    """Draw the network, and what flows through it: the drawing, or a test image."""
    if run.state.is_finished() and not run.has_model:
        return
    data, image = run.recipe.data, None
    with layout.problem_on(StoreError), suppress(DataError):
        if not data.drawable:
            image = singletons.dataset(run.recipe.dataset).x_test[0]
        has_model = run.has_model
        model = model_cache.browser_model(run) if has_model else model_cache.browser_learner(run)
        layout.section(_("The network"))
        network(model, data.class_names, key=f"network_{run.id}", image=image)


def _result(run: Run, history: History) -> None:
    result, accuracy = run.result, run.result["test_accuracy"]
    layout.section(_("What came out"))
    gap = result["train_accuracy"] - accuracy
    with st.container(horizontal=True):
        st.metric(_("Test accuracy"), theme.percent(accuracy, 2))
        st.metric(_("Test loss"), f"{result['test_loss']:.4f}")
        st.metric(
            _("Accuracy on the training set"),
            theme.percent(result["train_accuracy"], 2),
            help=_("All training images, measured after the last epoch, with dropout off."),
        )
        st.metric(_("Gap in percentage points"), f"{100 * gap:.2f}")
        st.metric(_("Time"), theme.duration(result["seconds"]))
    images = run.recipe.data.test
    layout.explain(gap_text(gap, accuracy, wilson(round(accuracy * images), images)))
    published = find_preset(run.recipe)
    if published is not None:
        _compare_published(run, history, published)
    with st.container(horizontal=True):
        if run.has_model:
            model_links(run)
            downloads_link(run)
        compare_link(run)
        again_link(run.recipe)
    if run.has_model and run.verifies:
        verification_result(run)


def again_link(recipe: Recipe) -> None:
    """Draw the link to the form with this recipe in it."""
    label = _("Change it and train again")
    navigation.link("train", label, ":material/tune:", recipe=recipe.to_link())


def _compare_published(run: Run, history: History, published: Preset) -> None:
    """Draw the run's figures beside those of the tutorial and of plain Keras."""
    st.markdown(f"**{_('Published figures beside these')}** · {published.source}")
    figures, accuracy = published.figures, run.result["test_accuracy"]
    by_epoch = figures.get("train_accuracy_by_epoch")
    spread = f"{min(published.reference):.4f} – {max(published.reference):.4f}"
    rows = [
        (_("test accuracy"), figures.get("test_accuracy"), spread, accuracy),
        (_("test loss"), figures.get("test_loss"), "–", run.result["test_loss"]),
    ]
    if isinstance(by_epoch, tuple) and history.epochs:
        last = _("training accuracy during the last epoch")
        rows.append((last, by_epoch[-1], "–", history.epochs[-1].accuracy))
    st.table(
        [
            {
                _("figure"): name,
                _("published"): f"{printed:.4f}" if isinstance(printed, float) else "–",
                _("plain Keras, 3 seeds"): keras,
                _("this run"): f"{value:.4f}",
            }
            for name, printed, keras, value in rows
        ],
        hide_index=True,
    )
    low, high = published.accepted or (0.0, 1.0)
    sentence = (
        _("Reproduced: the test accuracy lies between {low} and {high}.")
        if low <= accuracy <= high
        else _("Not reproduced: the test accuracy does not lie between {low} and {high}.")
    )
    layout.remark(
        sentence.format(low=f"{low:.4f}", high=f"{high:.4f}")
        + " "
        + _(
            "That is the spread of plain Keras with 3 seeds, widened by {n} percentage points on "
            "each side."
        ).format(n=f"{100 * SPREAD:g}")
    )
