"""Select box of the model that answers; a link can set it. Script thread."""

from collections.abc import Callable, Iterator, Sequence

import streamlit as st

from model_store import Run, RunDamaged, StoreError
from model_store.analysis.run_titles import display_titles
from model_store.text import _, named
from pages.ui.figures import theme
from pages.ui.frame import layout, navigation
from pages.ui.frame.owners import owner_name
from pages.ui.services import singletons
from pages.ui.state import selection, url, visitor

MAX_MODELS = 20  # newest ones in the box, beside those of the app
DRAWING_MODEL = "starter-drawing"  # built in; reads drawings better than the others


def trained_models(linked: str = "") -> Sequence[Run]:
    """Return the newest runs that have a model, the one that is linked, then built-in ones."""
    return singletons.store().models(MAX_MODELS, also=linked)


def pick_model(use: Callable[[Run], None], first: str = "") -> None:
    """Let a model be chosen and call `use` with it; say so if there is none or it is damaged.

    The default is the run `first`, else the visitor's newest run, else a built-in model of digits.
    """
    models = trained_models(url.param("run"))
    if not models:
        layout.empty(_("No model yet"), _("Train one. With Digits it takes seconds."))
        navigation.link("train", _("Train one"), ":material/show_chart:", recipe="digits-quick")
        return
    try:
        use(_choose(models, first))
    except StoreError as error:
        layout.problem(_("This model cannot be used."), str(error), _("Choose another one."))


def _choose(runs: Sequence[Run], first: str) -> Run:
    """Return the link's model, or the one chosen here."""
    wanted = url.param("run")
    by_id = {run.id: run for run in runs}
    if wanted and wanted not in by_id:
        _not_here(wanted)
    usual = [first, *_defaults(runs), runs[0].id]
    selection.preset_model(wanted, list(by_id), next(run_id for run_id in usual if run_id in by_id))
    names = model_names(runs)
    chosen: str = st.selectbox(
        _("Model"),
        list(by_id),
        format_func=lambda run_id: names[run_id],
        help=_("The newest finished trainings. Compare leads to all others."),
        key=selection.MODEL_KEY,
        on_change=selection.link_to_model,
    )
    return by_id[chosen]


def _defaults(runs: Sequence[Run]) -> Iterator[str]:
    me = visitor.visitor_id()
    yield from (run.id for run in runs if run.owner == me and not run.sweep)
    yield from (run.id for run in runs if run.shipped and run.recipe.data.drawable)


def _not_here(run_id: str) -> None:
    """Say why the link's model cannot answer."""
    below = _("Another model answers below.")
    try:
        run = singletons.store().open(run_id)
    except RunDamaged as error:
        layout.problem(_("The model in this link cannot be used."), str(error), below)
        return
    except StoreError:
        layout.problem(
            _("The model in this link is not here."), _("It may have been deleted."), below
        )
        return
    if run.state.is_finished():
        layout.problem(
            _("{title} left no model.").format(title=named(run.title)), _(run.message), below
        )
    else:
        layout.problem(
            _("{title} is not trained yet.").format(title=named(run.title)),
            _("You can use it as soon as its training ends."),
            below,
        )
    navigation.link("train", _("See its training"), ":material/show_chart:", run=run.id)


def model_names(runs: Sequence[Run]) -> dict[str, str]:
    """Return run id -> option of the select box: title, test accuracy and origin; none is twice."""
    titles = display_titles(runs, owner_name)
    return {run.id: f"{titles[run.id]} · {_accuracy_and_origin(run)}" for run in runs}


def _accuracy_and_origin(run: Run) -> str:
    accuracy = theme.percent(run.result.get("test_accuracy"))
    origin = _(" (built in)") if run.shipped else ""
    origin = _(" (from a file)") if run.imported else origin
    return accuracy + origin
