"""Script runs on news: the page, or the fragment around, runs again when a topic has changed."""

from collections.abc import Mapping
from typing import Any

from pages.ui import browser
from pages.ui.components.component import component

_HTML = "<span hidden></span>"


def refresh_on(seen: Mapping[str, Any], key: str, every: float = 0.0) -> None:
    """Run the script again when a topic of the live channel is not what the script has seen.

    Args:
        seen: what was drawn, by topic: the topic's value in plain JSON types, or the value's
            "version" if it has one; None if there is no such topic.
        key: names the element.
        every: seconds between two runs, at least.
    """
    data = {"modules": browser.modules_path(), "seen": dict(seen), "every": 1000 * every}
    component("live_refresh", _HTML, data, key, on_changed_change=_nothing)


def _nothing() -> None:
    """Streamlit runs the script again after any callback."""
