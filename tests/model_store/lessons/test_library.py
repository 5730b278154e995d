"""The lessons that come with the app: readable, complete, the same in every language."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from markdown_it import MarkdownIt

from model_store.lessons import library
from model_store.lessons.lesson import BUILT_IN, Lesson
from model_store.lessons.markdown import html
from model_store.text.languages import LANGUAGES

IDS = library.lesson_ids()
TRANSLATED = [
    (name, language)
    for name in IDS
    for language in LANGUAGES
    if language != library.SOURCE and (library.TEXTS / name / f"{language}.md").is_file()
]


def lesson(name: str, language: str = library.SOURCE) -> Lesson:
    found = library.lesson(name, language)
    assert found is not None
    return found


def test_there_is_a_lesson_to_begin_with() -> None:
    assert IDS[0] == "softmax"
    assert library.lesson("nonsense") is None and library.lesson("../softmax") is None


def test_every_file_of_the_folder_is_a_lesson_that_can_be_read() -> None:
    paths = [path for path in library.TEXTS.rglob("*") if path.is_file()]
    assert {path.name for path in paths} <= {f"{language}.md" for language in LANGUAGES}
    for path in paths:
        library.read(path)


@pytest.mark.parametrize("name", IDS)
def test_a_lesson_takes_20_to_45_minutes(name: str) -> None:
    assert 20 <= lesson(name).minutes <= 45


@pytest.mark.parametrize("name", IDS)
def test_every_figure_was_measured_for_every_data_set(name: str) -> None:
    found = lesson(name)
    missing = [
        (expression, dataset)
        for expression in found.expressions()
        for dataset in found.datasets
        if found.figure(expression, dataset) is None
    ]
    assert missing == [], "run python -m benchmarks.lessons"
    assert library.figures()[name].keys() == set(found.expressions())


@pytest.mark.parametrize("name", IDS)
def test_every_run_that_a_part_needs_is_trained_before(name: str) -> None:
    trained = {BUILT_IN}
    for step in lesson(name).steps:
        trained |= {p.arguments["recipe"] for p in step.parts if p.name == "training"}
        for part in step.parts:
            needed = part.arguments.get("runs", part.arguments.get("run", BUILT_IN))
            assert set([needed] if isinstance(needed, str) else needed) <= trained, step.id
            assert part.arguments.get("clean", BUILT_IN) in trained, step.id
        for question in step.questions:
            assert not question.number or question.number.run in {*trained, ""}, step.id


@pytest.mark.parametrize("name", IDS)
def test_texts_are_the_markdown_that_a_sheet_can_print(name: str) -> None:
    for text in lesson(name).texts():
        assert not re.search(r"^(#|\||>|\s*```|---)", text, re.M), text
        assert "](" not in text and "$" not in text
        assert "**" not in html(text) and "`" not in html(text)


@pytest.mark.parametrize(("name", "language"), [*((n, library.SOURCE) for n in IDS), *TRANSLATED])
def test_browsers_find_the_end_of_every_bold_text(name: str, language: str) -> None:
    """Between a Chinese character and punctuation, two stars can be neither beginning nor end."""
    for text in lesson(name, language).texts():
        assert "**" not in MarkdownIt().render(re.sub(r"`[^`]*`", "", text)), text


def structure(found: Lesson) -> Iterator[Any]:
    """Yield all of a lesson that is the same in every language."""
    rules = {
        key: (rule.preset, {k: v for k, v in rule.changes.items() if k != "name"})
        for key, rule in found.rules.items()
    }
    yield found.datasets, rules, set(found.expressions())
    for step in found.steps:
        yield step.id, step.minutes, step.parts, step.code
        for question in step.questions:
            yield question.id, question.kind, len(question.options), question.right
            yield question.number, bool(question.hint), bool(question.why)


@pytest.mark.parametrize(("name", "language"), TRANSLATED)
def test_a_translation_has_the_same_structure(name: str, language: str) -> None:
    source, found = lesson(name), lesson(name, language)
    assert found.language == language
    assert list(structure(found)) == list(structure(source))
    for (_step, question), (_same, ours) in zip(source.questions(), found.questions(), strict=True):
        assert set(question.words) <= set(ours.words)


def test_a_missing_language_falls_back_to_english() -> None:
    assert lesson("softmax", "xx").language == "en"
    assert lesson("softmax", "../en").language == "en"


def test_markdown_brings_no_html_of_its_own() -> None:
    text = "A **bold** and *italic* `x < 1 ** 2` <script>\n\n- one\n- two\n\n1. *\n2. b & c"
    assert html(text) == (
        "<p>A <b>bold</b> and <i>italic</i> <code>x &lt; 1 ** 2</code> &lt;script&gt;</p>"
        "<ul><li>one</li><li>two</li></ul><ol><li>*</li><li>b &amp; c</li></ol>"
    )
