"""Buttons that label the drawing on the pad, and the drawing added last. Script thread."""

from collections.abc import Callable, Mapping
from typing import Any

from pages.ui.components.component import component

_HTML = """<section>
<div class="lab-added" hidden><img alt=""><span role="status"></span><button></button></div>
<p class="lab-question"></p>
<div class="lab-labels" role="group"></div>
</section>"""


def label_buttons(
    data: Mapping[str, Any], key: str, on_label: Callable[[], None], on_undo: Callable[[], None]
) -> None:
    """Draw a button for each name in `data`, as `label_buttons.js` reads it."""
    component("label_buttons", _HTML, data, key, on_label_change=on_label, on_undo_change=on_undo)
