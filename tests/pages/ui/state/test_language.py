"""Language of a browser: its cookie first, then what its header prefers."""

import pytest

from pages.ui.state.language import COOKIE, of_browser


@pytest.mark.parametrize(
    ("cookies", "header", "language"),
    [
        ({}, "", "en"),
        ({}, "zh-CN,en;q=0.5", "zh"),
        ({COOKIE: "en"}, "zh", "en"),
        ({COOKIE: "zh"}, "en", "zh"),
        ({COOKIE: "<x>"}, "zh", "zh"),
        ({COOKIE: ""}, "", "en"),
    ],
)
def test_a_browser_has_a_language(cookies: dict[str, str], header: str, language: str) -> None:
    assert of_browser(cookies, header) == language
