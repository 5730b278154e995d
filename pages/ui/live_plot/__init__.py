"""A Plotly figure that is drawn in place: one element for its whole life.

`st.plotly_chart` mounts a new chart at every change of its data; this component calls
`Plotly.react` on the chart that it holds, so zoom and hidden legend entries stay. It takes
plotly.js from the installed plotly package, served at `VENDOR_PATH`: no network.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from pages.ui import state

VENDOR_PATH = "/vendor"
USUAL, PROJECTED = 14, 19  # CSS pixels: the size of the type
_HERE = Path(__file__).parent


@cache
def _component() -> Any:
    return st.components.v2.component(
        "live_plot",
        html='<div class="lab-live-plot" role="figure"></div>',
        css=".lab-live-plot { width: 100%; height: 100%; min-height: inherit; }",
        js=(_HERE / "live_plot.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )


def live_plot(
    figure: go.Figure | Mapping[str, Any],
    key: str,
    height: int,
    label: str,
    on_click: Callable[[], None] | None = None,
) -> None:
    """Draw `figure` in place; `key` names the chart, `label` describes it to screen readers.

    A mapping is Plotly's JSON in plain types: `data` and `layout`.

    Send the whole figure each time (at most some 400 points a curve): it is idempotent, a missed
    update costs nothing. `height` in CSS pixels. `on_click` is called before the script runs again;
    `state.told(key, "clicked")` is then the clicked point's [x, y].
    """
    spec = json.loads(figure.to_json()) if isinstance(figure, go.Figure) else figure
    layout = {name: value for name, value in spec["layout"].items() if name != "template"}
    # A tuple: Streamlit would examine at length whether a list is a table.
    data: dict[str, Any] = {"traces": tuple(spec["data"]), "layout": layout, "label": label}
    data["clickable"] = on_click is not None
    data["size"] = PROJECTED if state.switch_is_on("projector") else USUAL
    _component()(data=data, key=key, height=height, on_clicked_change=on_click)
