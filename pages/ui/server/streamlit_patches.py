"""What every click pays for inside Streamlit, made cheaper. Before the server starts.

Each part takes the place of a function of Streamlit 1.67; where that is gone, nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, Self

from streamlit.components.v2.bidi_component import main as components
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

Populate = Callable[..., None]
Present = Callable[[object, Any], object]


def remembering(populate: Populate) -> Populate:
    """As `populate`, which fills a theme's message from a section of the settings; asked once.

    Streamlit tells each browser the whole theme whenever a script or a fragment begins, and looks
    for it among all its settings anew. The settings of a server stay as they are.
    """
    kept: dict[str, CustomThemeConfig] = {}

    def fill(message: CustomThemeConfig, section: str = "theme") -> None:
        if section not in kept:
            theme = CustomThemeConfig()
            populate(theme, section)
            kept[section] = theme
        if kept[section].ListFields():  # an empty one would count as set
            message.MergeFrom(kept[section])

    return fill


class Told(dict[str, object]):
    """What a component tells, to be read. A copy is the thing itself: a drawing is long."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


def told_plainly(_make: Callable[..., Present]) -> Callable[..., Present]:
    """As Streamlit's maker of what `st.session_state` shows of a component: its state and events.

    Streamlit's own makes a class with seven methods for every look, at each component of each
    rerun, and these leave the garbage collector so much that all visitors wait for it. Theirs can
    be written into, which no page of ours does.
    """

    def make(aggregator_id: str, *_of_writing: object) -> Present:
        def present(state: object, session: Any) -> object:
            widgets = session._new_widget_state
            events = widgets.widget_metadata.get(aggregator_id)
            if not isinstance(state, dict) or events is None:
                return state
            told = widgets.get(aggregator_id) or []
            happened = {one["event"]: one.get("value") for one in told if _is_event(one)}
            return Told(happened | state)

        return present

    return make


def _is_event(told: object) -> bool:
    """A browser may send anything."""
    return isinstance(told, dict) and isinstance(told.get("event"), str)


PLACES: tuple[tuple[ModuleType, str, Callable[[Any], Any]], ...] = (
    (app_session, "_populate_theme_msg", remembering),
    (components, "make_bidi_component_presenter", told_plainly),
)


def lighten() -> None:
    """From now on, Streamlit does less for the same."""
    for module, name, lighter in PLACES:
        heavy = getattr(module, name, None)
        if heavy is not None:
            setattr(module, name, lighter(heavy))
