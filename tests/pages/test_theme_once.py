"""The theme that browsers are told is Streamlit's own, found once."""

from __future__ import annotations

import pytest
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from pages.ui import theme_once
from pages.ui.theme_once import read_theme_once, remembering

SECTIONS = [
    "theme",
    *("theme.light", "theme.dark", "theme.sidebar"),
    *("theme.light.sidebar", "theme.dark.sidebar"),
]


@pytest.mark.parametrize("section", SECTIONS)
def test_it_is_what_streamlit_tells(section: str) -> None:
    told, again, own = CustomThemeConfig(), CustomThemeConfig(), CustomThemeConfig()
    app_session._populate_theme_msg(own, section)
    fill = remembering(app_session._populate_theme_msg)
    fill(told, section)
    fill(again, section)
    assert told == own == again


def test_it_is_looked_for_once() -> None:
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


def test_streamlit_has_what_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    before = app_session._populate_theme_msg
    monkeypatch.setattr(app_session, "_populate_theme_msg", before)
    read_theme_once()
    assert app_session._populate_theme_msg is not before


def test_another_streamlit_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theme_once, "_NAME", "_no_such_name")
    read_theme_once()
    assert not hasattr(app_session, "_no_such_name")
