"""Colours and number formats that every figure and page shares. Pure, any thread."""

from __future__ import annotations

from gettext import gettext as _

# Ten colours for ten classes, told apart by colour-blind people as well, on white and on dark.
# Source: M. A. Petroff, "Accessible Color Sequences for Data Visualization" (2021), ten colours.
CLASS_COLOURS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)


def percent(share: float | None, digits: int = 1) -> str:
    """0.9776 -> "97.8 %"; None -> a dash."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def duration(seconds: float | None) -> str:
    """75 -> "1 min 15 s"; None -> a dash."""
    if seconds is None:
        return "–"
    whole = max(0, round(seconds))
    if whole < 60:
        return _("{n} s").format(n=whole)
    return _("{m} min {s} s").format(m=whole // 60, s=whole % 60)
