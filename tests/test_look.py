"""Theme: options that Streamlit knows, readable contrast, one palette."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from streamlit import config

from pages.ui.figures.theme import CLASS_COLOURS
from tests.support.accessibility import READABLE, contrast

CONFIG = Path(__file__).resolve().parent.parent / ".streamlit" / "config.toml"
SETTINGS: dict[str, Any] = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
CAPTION = 0.6  # of the text's colour: Streamlit's captions


def options(table: dict[str, Any], prefix: str = "") -> set[str]:
    """Return the dotted names of all settings in a table."""
    names = set()
    for key, value in table.items():
        names |= options(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key}
    return names


def rgb(colour: str) -> list[float]:
    """Return red, green and blue of "#rrggbb", 0 to 1."""
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast(rgb("#000000"), rgb("#ffffff")) == pytest.approx(21)
    assert contrast(rgb("#777777"), rgb("#ffffff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", sorted(options(SETTINGS)))
def test_streamlit_knows_the_option(name: str) -> None:
    config.get_config_options()
    assert name in config._config_options_template


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("behind", ["backgroundColor", "secondaryBackgroundColor"])
@pytest.mark.parametrize("colour", ["textColor", "primaryColor"])
def test_text_is_readable(scheme: str, behind: str, colour: str) -> None:
    theme = SETTINGS["theme"][scheme]
    assert contrast(rgb(theme[colour]), rgb(theme[behind])) >= READABLE


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_captions_are_readable(scheme: str) -> None:
    theme = SETTINGS["theme"][scheme]
    text, page = rgb(theme["textColor"]), rgb(theme["backgroundColor"])
    seen = [CAPTION * t + (1 - CAPTION) * p for t, p in zip(text, page, strict=True)]
    assert contrast(seen, page) >= READABLE


def test_one_palette() -> None:
    assert tuple(SETTINGS["theme"]["chartCategoricalColors"]) == CLASS_COLOURS
    assert len(set(CLASS_COLOURS)) == 10
