"""Sentences: in the reader's language, stored and read again, hostile ones harmless."""

import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

from model_store.storage.errors import StoreError
from model_store.text import Sentence, _, in_all_languages, named, ngettext, read, stored
from model_store.text.languages import speak, speaking

EPOCHS = "{n} epochs"


def test_a_sentence_is_in_the_language_of_the_thread() -> None:
    with speaking("zh"):
        assert _("Clear") == "清空"
    assert _("Clear") == "Clear"


def test_two_threads_speak_two_languages_at_once() -> None:
    def says(code: str) -> set[str]:
        speak(code)
        return {str(_("Clear")) for _time in range(2000)}

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(says, ("en", "zh"))) == [{"Clear"}, {"清空"}]


def test_what_no_catalogue_has_stays_as_it_is() -> None:
    with speaking("zh"):
        assert _("A sentence of nobody.") == "A sentence of nobody."
        assert _("") == ""


def test_a_sentence_raised_in_one_language_is_shown_in_another() -> None:
    with pytest.raises(StoreError) as caught:
        raise StoreError(_("{title} is not trained yet.").format(title="Ada's 3"))
    assert str(caught.value) == "Ada's 3 is not trained yet."
    with speaking("zh"):
        shown = _(str(caught.value))
    assert "Ada's 3" in shown
    assert "not trained" not in shown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_stored_sentence_is_read_in_any_language(language: str) -> None:
    with speaking(language):
        kept = stored(_("{title} is not trained yet.").format(title=_("Clear")))
    assert type(kept) is str
    assert read(kept) == "Clear is not trained yet."
    with speaking("zh"):
        assert "清空" in read(kept)
        assert "清空" in _(read(kept))


def test_a_sentence_without_values_is_stored_as_its_source_text() -> None:
    with speaking("zh"):
        assert stored(_("Clear")) == "Clear"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Said by an older version.",
        "{",
        "{}",
        "[1]",
        '{"text": 1}',
        '{"text": "x", "values": []}',
        '{"text": "{a.b}", "values": {"a": 1}}',
        '{"text": "{a:>999999999}", "values": {"a": 1}}',
        '{"text": "{a!r}", "values": {"a": 1}}',
        '{"text": "{a:.999999999f}", "values": {"a": 1}}',
        '{"text": "{0}", "values": {}}',
        '{"text": "{gone}", "values": {}}',
        '{"text": "x", "values": {"a": {"text": "{b.c}", "values": {"b": 1}}}}',
        '{"text": "x", "plural": "{a.b}", "n": "many", "values": {}}',
    ],
)
def test_other_text_is_read_as_it_is(text: str) -> None:
    assert read(text) == text
    assert stored(text) == text


def test_a_number_keeps_its_format() -> None:
    kept = stored(_("Page (1 to {n})").format(n=3))
    assert json.loads(kept)["values"] == {"n": 3}
    found = Sentence("{n:,} of {x:.2f} and {share:.1%}", {"n": 12345, "x": 0.5, "share": 0.25})
    assert read(stored(found)) == "12,345 of 0.50 and 25.0%"


def test_a_pickled_sentence_is_loaded_in_the_language_of_its_reader() -> None:
    content = pickle.dumps(_("Clear"))
    with speaking("zh"):
        assert pickle.loads(content) == "清空"


def test_values_are_given_by_name() -> None:
    with pytest.raises(TypeError, match="names"):
        _(EPOCHS).format(3)  # type: ignore[call-arg]


def test_plural_forms() -> None:
    assert [ngettext("one way", "{n} ways", n) for n in (0, 1, 2)] == [
        "{n} ways",
        "one way",
        "{n} ways",
    ]


def test_a_stored_plural_keeps_its_form() -> None:
    assert read(stored(ngettext("one way", "many ways", 2))) == "many ways"
    assert read(stored(ngettext("one way", "{n} ways", 2).format(n=2))) == "2 ways"


def test_a_recipe_of_ours_has_a_name_in_each_language_and_a_typed_name_has_not() -> None:
    with speaking("zh"):
        assert named("My first network") == "我的第一个网络"
        assert named("Clear") == "Clear"


def test_several_readers_get_every_language() -> None:
    assert in_all_languages(_("Clear")) == {"en": "Clear", "zh": "清空"}
    assert in_all_languages("typed") == {"en": "typed", "zh": "typed"}
