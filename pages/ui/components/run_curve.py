"""Curve of a run that grows while it trains, drawn in the browser from the run's events."""

from collections.abc import Sequence

from model_store import Run
from model_store.recipe.rates import planned_rates
from model_store.text import _
from pages.ui.components.component import component
from pages.ui.components.live_plot import HTML, look
from pages.ui.figures import theme


def run_curve(
    run: Run,
    figure: str,
    key: str,
    height: int,
    label: str,
    ghost: str = "",
    prediction: Sequence[tuple[float, float]] = (),
) -> None:
    """Draw the run's `figure`, "loss" or "accuracy", of training and validation by epoch.

    Args:
        run: trains or has trained.
        figure: as above.
        key: names the chart.
        height: in CSS pixels.
        label: describes the chart to screen readers.
        ghost: id of a run whose curve is drawn pale below.
        prediction: (epoch, accuracy) that a person drew before.
    """
    data = {
        "run": run.id,
        "ghost": ghost,
        "prediction": prediction,
        "figure": figure,
        "epochs": run.recipe.epochs,
        "schedule": planned_rates(run.recipe) if figure == "loss" else [],
        "look": look(label, height),
        "axis": {**theme.figure_axis(figure), "title": None},
        "colours": {
            "training": theme.BLUE,
            "validation": theme.ORANGE,
            "predicted": theme.YELLOW,
            "rate": theme.PURPLE,
            "before": theme.GREY,
        },
        "words": {
            "training": _("training"),
            "validation": _("validation"),
            "before": _("before"),
            "predicted": _("predicted"),
            "rate": _("learning rate"),
            "kept": _("kept"),
            "stopped": _("stopped"),
            "epoch": _("epoch"),
            "hover": _("epoch {x}"),
        },
    }
    component("run_curve", HTML, data, key, height=height)
