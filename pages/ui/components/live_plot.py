"""A Plotly figure that is drawn in place: one element for its whole life.

`st.plotly_chart` mounts a new chart at every change of its data; this component calls
`Plotly.react` on the chart that it holds, so zoom and hidden legend entries stay. It takes
plotly.js from the installed plotly package, served at `VENDOR_PATH`: no network.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from pages.ui import browser
from pages.ui.components.component import json_bytes
from pages.ui.state import selection

USUAL, PROJECTED = 14, 19  # CSS pixels: the size of the type


@cache
def _component() -> Any:
    return st.components.v2.component(
        "live_plot",
        html='<div class="lab-live-plot" role="figure"></div>',
        css=".lab-live-plot { width: 100%; height: 100%; min-height: inherit; }",
        js=browser.read("live_plot.js"),
        isolate_styles=False,
    )


def live_plot(
    figure: go.Figure | bytes,
    key: str,
    height: int,
    label: str,
    on_click: Callable[[], None] | None = None,
) -> None:
    """Draw `figure` in place; `key` names the chart, `label` describes it to screen readers.

    Bytes are Plotly's JSON, `data` and `layout`: a curve that many watch is written once for all.

    Send the whole figure each time (at most some 400 points a curve): it is idempotent, a missed
    update costs nothing. `height` in CSS pixels. `on_click` is called before the script runs again;
    `selection.component_value(key, "clicked")` is then the clicked point's [x, y].
    """
    spec = figure if isinstance(figure, bytes) else _without_template(figure)
    size = PROJECTED if selection.is_on("projector") else USUAL
    clickable = on_click is not None
    how = {"label": label, "clickable": clickable, "size": size, "height": height}
    data = b"[%b,%b]" % (spec, json_bytes(how))
    _component()(data=data, key=key, height=height, on_clicked_change=on_click)


def _without_template(figure: go.Figure) -> bytes:
    """Plotly's JSON without the look of its own that every figure carries."""
    spec = json.loads(figure.to_json())
    spec["layout"].pop("template", None)
    return json_bytes(spec)
