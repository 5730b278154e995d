"""Parts of a sweep's page that the browser draws by itself, from the topic of the sweep."""

from typing import Any

from model_store.storage.sweep_store import Sweep, TrialState
from model_store.text import _
from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.components.live_plot import HTML, look
from pages.ui.figures import theme
from pages.ui.figures.sweep import HEIGHT, MOST_TICKS
from training.sweeps import search_space
from training.sweeps.plan import Plan

PER_PAGE = 24  # trials
PALE = "rgba(138, 141, 153, 0.55)"
_PROGRESS = """<section class="lab-progress">
<label hidden><span></span><progress max="1"></progress></label>
<dl class="lab-figures"></dl><p class="lab-queue"></p>
<p class="lab-fallback" role="status"></p></section>"""
_CARDS = """<div class="lab-trials-box"><div class="lab-trials" role="list"></div>
<p class="lab-fallback"></p></div>"""


def sweep_progress(sweep: Sweep, plan: Plan) -> None:
    """Draw how far the sweep is: bar, figures, and its best setting so far."""
    is_live = not sweep.state.is_finished()
    figures = {
        "best": _("Best trial"),
        "trials": _("Trials"),
        "pruned": _("Stopped early"),
        "time": _("Time"),
        "left": _("Time left"),
    }
    if plan.pruning == "none":
        del figures["pruned"]
    if not is_live:
        del figures["left"]
    data = {
        "modules": browser.modules_path(),
        "sweep": sweep.id,
        "live": is_live,
        "size": plan.size,
        "budget": plan.budget,
        "figures": figures,
        "labels": labels(plan),
        "words": {
            "done": _("{done} of {all} trials"),
            "none": _("The first points appear after the first epoch."),
            "best": _("Best so far: {setting}."),
            "minutes": _("{m} min {s} s"),
            "seconds": _("{n} s"),
            "lost": _("No connection to the server. Trying again; the sweep goes on."),
        },
    }
    component("sweep_progress", _PROGRESS, data, f"progress_{sweep.id}")


def trial_curves(sweep: Sweep, plan: Plan) -> None:
    """Draw the validation accuracy of every trial by epoch; the best one in colour."""
    epochs = plan.max_epochs
    data = {
        "sweep": sweep.id,
        "look": look(_("Validation accuracy of every trial by epoch"), HEIGHT),
        "labels": labels(plan),
        "axes": {
            "x": theme.axis(
                _("epoch"), range=[0.8, epochs + 0.2], dtick=1 if epochs <= MOST_TICKS else None
            ),
            "y": theme.axis(_("validation accuracy"), **theme.PERCENTS),
        },
        "colours": {"best": theme.ORANGE, "others": PALE},
        "words": {"epoch": _("epoch {x}")},
    }
    component("trial_curves", HTML, data, f"curves_{sweep.id}", height=HEIGHT)


def trial_cards(sweep: Sweep, plan: Plan, page: int = 1) -> None:
    """Draw a page of trials, each a link to its run: unfinished ones first, then the best."""
    data = {
        "modules": browser.modules_path(),
        "sweep": sweep.id,
        "live": not sweep.state.is_finished(),
        "from": (page - 1) * PER_PAGE,
        "count": PER_PAGE,
        "labels": labels(plan),
        "colours": {"best": theme.ORANGE, "others": theme.BLUE},
        "words": {
            "states": {
                TrialState.OPEN: _("training"),
                TrialState.COMPLETE: _("done"),
                TrialState.PRUNED: _("stopped early"),
                TrialState.FAILED: _("failed"),
                TrialState.STOPPED: _("stopped"),
                TrialState.GONE: _("deleted"),
            },
            "best": _("best"),
            "trial": _("Trial {n}"),
            "trials": _("Trials"),
            "curve": _("Validation accuracy from {first} to {last} in {n} epochs"),
            "none": _("no epoch yet"),
            "some": _("{n} of {all} trials: unfinished trials first, then the best."),
        },
    }
    component("trial_cards", _CARDS, data, f"trials_{sweep.id}")


def labels(plan: Plan) -> dict[str, Any]:
    """Return the names of the settings that vary, and of the choices of those that have some."""
    parameters = {name: search_space.PARAMETERS[name] for name in plan.dimensions}
    return {
        "settings": {name: search_space.label(name) for name in parameters},
        "choices": {
            name: {option: search_space.format_value(name, option) for option in each.options}
            for name, each in parameters.items()
        },
    }
