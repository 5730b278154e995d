"""Catalogues: no sentence is missing, unsure or out of date, and places and marks are kept."""

import ast
import re
import string
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from model_store.text import extract
from model_store.text.languages import CATALOGUES

CODES = sorted(file.stem for file in CATALOGUES.glob("*.po"))
MARKS = ("**", "`", "<", ">", "\n", "[", "](")


@cache
def source() -> Catalog:
    return extract.source_texts()


@cache
def translations(code: str) -> Catalog:
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def key(message: Message) -> tuple[str, str]:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return message.context or "", text


def messages(catalogue: Catalog) -> dict[tuple[str, str], Message]:
    return {key(message): message for message in catalogue if message.id}


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def places(text: str) -> list[tuple[str, str, str]]:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:  # a text with braces that has no places
        return []
    return sorted((name, spec or "", kind or "") for _text, name, spec, kind in parts if name)


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_has_a_translation(code: str) -> None:
    """`make words` adds what is missing here."""
    ours, theirs = messages(source()), messages(translations(code))
    assert sorted(ours.keys() - theirs.keys()) == []
    assert sorted(theirs.keys() - ours.keys()) == [], "no longer in the app"
    assert [text for text, message in theirs.items() if not all(forms(message))] == []
    assert [text for text, message in theirs.items() if message.fuzzy] == []


@pytest.mark.parametrize("code", CODES)
def test_places_and_marks_are_those_of_the_source(code: str) -> None:
    for message in messages(translations(code)).values():
        text = message.id if isinstance(message.id, str) else message.id[-1]
        for form in forms(message):
            assert places(form) == places(text), text
            for mark in MARKS:
                assert form.count(mark) == text.count(mark), (mark, text)


@pytest.mark.parametrize("code", CODES)
def test_bold_text_is_bold(code: str) -> None:
    """Markdown reads no `**` between punctuation and a letter; a value may end with punctuation."""
    plain = [
        form
        for message in messages(translations(code)).values()
        for form in forms(message)
        for number, mark in enumerate(re.finditer(r"\*\*", form))
        if not _is_flanking(form[: mark.start()], form[mark.end() :], closing=number % 2 == 1)
    ]
    assert plain == []


def _is_flanking(before: str, after: str, closing: bool) -> bool:
    inner, outer = (before[-1:], after[:1]) if closing else (after[:1], before[-1:])
    return inner.isalnum() or not (outer.isalnum() or outer in ("{", "}"))


def test_chinese_is_chinese() -> None:
    """Without a Chinese character are only names, formulas and what is the same everywhere."""
    same = [
        text
        for (_context, text), message in messages(translations("zh")).items()
        if not re.search(r"[\u4e00-\u9fff]", forms(message)[0])
    ]
    assert [text for text in same if re.search(r"[a-z]+ [a-z]+ [a-z]+", text)] == []
    assert len(same) < 60


def test_only_texts_that_the_extraction_sees_are_translated() -> None:
    """No `_(f"...")`, and no sentence that is put together before it is translated."""
    wrong = [
        f"{path.name}:{node.lineno}"
        for path in extract._python_files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("_", "N_", "ngettext")
        and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert wrong == []


def test_no_sentence_is_translated_when_its_module_is_imported() -> None:
    """It would stay in the language of whoever came first. Page scripts run anew for everyone."""
    frozen = []
    for path in extract._python_files():
        if path.parent == extract.ROOT / "pages":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = {
            id(node)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for node in ast.walk(function)
        }
        frozen += [
            f"{path.name}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("_", "ngettext")
            and id(node) not in inside
        ]
    assert frozen == []
