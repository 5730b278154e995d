"""Colours and number formats that all figures and pages share. Pure, any thread."""

from typing import Any

from model_store.recipe.text import percent as percent
from model_store.text import _

# Ten colours that colour-blind people can distinguish, on white and on dark.
# Source: M. A. Petroff, "Accessible Color Sequences for Data Visualization" (2021), ten colours.
CLASS_COLOURS = (
    *("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6"),
    *("#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"),
)
BLUE, YELLOW, PURPLE, ORANGE = (CLASS_COLOURS[i] for i in (0, 1, 4, 6))
RED = "#e0523f"  # mistakes: lighter than the palette's red, legible on dark pages
GREY = "#8a8d99"
PERCENTS = {"tickformat": ".4~%", "hoverformat": ".1%"}  # ticks have the digits that they need


def plotly_text(text: str) -> str:
    """Return a person's text for a figure, in which Plotly reads no HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def axis(title: str, **settings: Any) -> dict[str, Any]:
    """Return a Plotly axis with a title."""
    return {"title": {"text": title}, **settings}


def figure_axis(figure: str) -> dict[str, Any]:
    """Return the axis of "loss" or "accuracy"."""
    if figure == "accuracy":
        return axis(_("accuracy"), **PERCENTS)
    return axis(_("loss"), hoverformat=".4f", rangemode="tozero")


def duration(seconds: float | None) -> str:
    """Format seconds: 75 -> "1 min 15 s"; None -> a dash."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return _("{m} min {s} s").format(m=minutes, s=rest) if minutes else _("{n} s").format(n=rest)
