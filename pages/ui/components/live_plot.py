"""A Plotly chart that is drawn in place: zoom and hidden legend entries stay.

`st.plotly_chart` mounts a new chart at each change of its data. plotly.js comes from the installed
plotly package, served at `VENDOR_PATH`.
"""

import json
from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go

from pages.ui import browser
from pages.ui.components.component import json_bytes, renderer
from pages.ui.state import selection

FONT_SIZE = 14  # CSS pixels
PROJECTOR_ZOOM = 1.4  # as in projector.css
HTML = '<div class="lab-live-plot" role="figure"></div>'


def live_plot(
    figure: go.Figure, key: str, height: int, label: str, on_click: Callable[[], None] | None = None
) -> None:
    """Draw the whole figure, at most some 400 points a curve.

    Args:
        figure: a figure.
        key: names the chart.
        height: in CSS pixels.
        label: describes the chart to screen readers.
        on_click: called before the script runs again; `selection.component_value(key, "clicked")`
            is then the clicked point's [x, y].
    """
    options = look(label, height, clickable=on_click is not None)
    data = b"[%b,%b]" % (_without_template(figure), json_bytes(options))
    renderer("live_plot", HTML)(data=data, key=key, height=height, on_clicked_change=on_click)


def look(label: str, height: int, *, clickable: bool = False) -> dict[str, Any]:
    """Return what `plot.js` needs to draw a chart; arguments as for `live_plot`."""
    zoom = PROJECTOR_ZOOM if selection.is_on("projector") else 1
    return {
        "modules": browser.modules_path(),
        "label": label,
        "clickable": clickable,
        "size": FONT_SIZE * zoom,
        "height": height * zoom,
        "zoom": zoom,
    }


def _without_template(figure: go.Figure) -> bytes:
    """Return Plotly's JSON without the template that every figure carries."""
    spec = json.loads(figure.to_json())
    spec["layout"].pop("template", None)
    return json_bytes(spec)
