"""Languages: what a browser asks for, and where the session's choice comes from."""

from collections.abc import Iterator

import pytest

from model_store.text import _, languages


@pytest.fixture(autouse=True)
def no_session() -> Iterator[None]:
    before = list(languages._session_language)
    languages._session_language.clear()
    yield
    languages._session_language[:] = before


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("ZH-hans-cn", "zh"),
        ("en-GB,zh;q=0.5", "en"),
        ("en;q=0.5,zh;q=0.9", "zh"),
        ("de,fr;q=0.9", "en"),
        ("de,zh;q=0.1", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=much,en", "en"),
        ("zh;q=nan", "en"),
        (";;;,,,q=1", "en"),
        ("zh;q=0.9" * 10_000, "en"),
    ],
)
def test_a_browser_asks_for_a_language(header: str, language: str) -> None:
    assert languages.accepted(header) == language


def test_every_catalogue_is_a_language_with_its_own_name() -> None:
    assert languages.LANGUAGES["en"] == "English"
    assert languages.LANGUAGES["zh"] == "简体中文"


def test_a_thread_without_a_choice_speaks_the_language_of_its_session() -> None:
    assert languages.language() == "en"
    languages.ask_session(lambda: "zh")
    assert _("Clear") == "清空"
    with languages.speaking("en"):
        assert _("Clear") == "Clear"
    languages.ask_session(lambda: "")
    assert languages.language() == "en"
