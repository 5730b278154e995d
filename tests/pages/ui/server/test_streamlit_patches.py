"""What takes a function of Streamlit's place answers as Streamlit's own, for less."""

from __future__ import annotations

from copy import deepcopy
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from streamlit.components.v2.bidi_component import main as components
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import WStates

from pages.ui.server import streamlit_patches
from pages.ui.server.streamlit_patches import PLACES, lighten, remembering, told_plainly

SECTIONS = [
    "theme",
    *("theme.light", "theme.dark", "theme.sidebar"),
    *("theme.light.sidebar", "theme.dark.sidebar"),
]
EVENTS = "the pad's events"


@pytest.mark.parametrize("section", SECTIONS)
def test_the_theme_is_what_streamlit_tells(section: str) -> None:
    told, again, own = CustomThemeConfig(), CustomThemeConfig(), CustomThemeConfig()
    app_session._populate_theme_msg(own, section)
    fill = remembering(app_session._populate_theme_msg)
    fill(told, section)
    fill(again, section)
    assert told == own == again


def test_the_theme_is_looked_for_once() -> None:
    asked: list[str] = []

    def populate(message: CustomThemeConfig, section: str = "theme") -> None:
        asked.append(section)
        message.primary_color = section

    fill = remembering(populate)
    for section in ("theme", "theme.light", "theme"):
        message = CustomThemeConfig()
        fill(message, section)
        assert message.primary_color == section
    fill(message)
    assert asked == ["theme", "theme.light"]


def test_an_empty_section_leaves_the_message_as_it_was() -> None:
    parent = CustomThemeConfig()
    remembering(lambda message, section: None)(parent.sidebar, "theme.sidebar")
    assert not parent.HasField("sidebar")


def session(events: object) -> Any:
    """As much of a session as is looked at, in which the browser told these events."""
    widgets = WStates()
    widgets.set_widget_metadata(
        WidgetMetadata(
            id=EVENTS,
            deserializer=lambda value: value,
            serializer=lambda value: value,
            value_type="json_trigger_value",
        )
    )
    widgets.set_from_value(EVENTS, events)
    return SimpleNamespace(_new_widget_state=widgets)


@pytest.mark.parametrize("state", [{}, {"drawing": {"raw": {"objects": []}}}, {"label": 3}, None])
@pytest.mark.parametrize(
    "events",
    [
        None,
        [],
        [{"event": "label", "value": 7}],
        [{"event": "undone"}, {"event": "cleared", "value": True}],
        *(["label"], [{"event": 3, "value": 7}], [{"event": ["label"]}], [{}], [None, 4]),
    ],
)
def test_a_component_told_what_streamlit_says_it_told(state: object, events: object) -> None:
    own = components.make_bidi_component_presenter
    told = told_plainly(own)(EVENTS, "pad", {"drawing"})(state, session(events))
    assert told == own(EVENTS, "pad", {"drawing"})(state, session(events))


def test_a_component_that_has_told_nothing_yet() -> None:
    state = {"drawing": None}
    nobody = SimpleNamespace(_new_widget_state=WStates())
    assert told_plainly(components.make_bidi_component_presenter)(EVENTS)(state, nobody) is state


def test_what_was_told_is_not_copied() -> None:
    present = told_plainly(components.make_bidi_component_presenter)(EVENTS)
    told = present({"drawing": {"raw": {}}}, session(None))
    assert deepcopy(told) is told


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> list[tuple[ModuleType, str, Any]]:
    """Each place with what stands there; it stands there again after the test."""
    found = [(module, name, getattr(module, name)) for module, name, _lighter in PLACES]
    for module, name, heavy in found:
        monkeypatch.setattr(module, name, heavy)
    return found


def test_streamlit_has_what_is_replaced(places: list[tuple[ModuleType, str, Any]]) -> None:
    lighten()
    for module, name, heavy in places:
        assert getattr(module, name) is not heavy


def test_another_streamlit_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    another = ModuleType("another")
    monkeypatch.setattr(
        streamlit_patches, "PLACES", ((another, "_populate_theme_msg", remembering),)
    )
    lighten()
    assert not hasattr(another, "_populate_theme_msg")
