"""Photos on the Draw page: answered like a drawing, or an error message."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.draw.photo import FILE_TYPES
from tests.support.components import component_data
from tests.support.draw_page import DRAW, errors, shown, toggle
from tests.support.photos import animated, encoded, png_of_size, seven


def with_photo(content: bytes, name: str = "seven.png") -> AppTest:
    at = AppTest.from_file(str(DRAW), default_timeout=20)
    at.query_params["run"] = "starter-mnist"
    at.run()
    at.get("button_group")[0].set_value("photo").run()
    upload(at, content, name)
    return at


def upload(at: AppTest, content: bytes, name: str = "seven.png") -> None:
    at.file_uploader[0].set_value((name, content, "image/png")).run()
    assert not at.exception


def test_before_a_photo_it_says_what_to_do_and_takes_pictures_alone() -> None:
    at = AppTest.from_file(str(DRAW), default_timeout=20).run()
    at.get("button_group")[0].set_value("photo").run()
    assert "Choose a photo" in shown(at)["status"]
    assert {kind.lstrip(".") for kind in at.file_uploader[0].allowed_type} == set(FILE_TYPES)


def test_a_photo_is_answered_through_the_same_steps() -> None:
    at = with_photo(encoded(seven()))
    assert shown(at)["answer"] == "7"
    assert component_data(at, "preparation_steps")[0]["steps"][1]["title"] == "Even light"
    toggle(at, "evened")
    assert shown(at)["image"] and "Even light" in at.info[0].value
    at.button(key="all_steps_on").click().run()
    assert shown(at)["answer"] == "7"


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.png", "empty"),
        (b"no picture", "mine.jpg", "no picture"),
        (png_of_size(60_000, 60_000), "bomb.png", "too large"),
    ],
)
def test_a_hostile_upload_is_a_sentence_and_the_next_one_is_read(
    content: bytes, name: str, words: str
) -> None:
    at = with_photo(content, name)
    assert words in errors(at) and "Choose another picture" in errors(at)
    assert shown(at)["answer"] == ""
    upload(at, animated("GIF"), "seven.gif")
    assert errors(at) == "" and shown(at)["answer"] == "7"
    assert any("only its first picture" in caption.value for caption in at.caption)


def test_a_photo_outlives_a_look_elsewhere_and_can_be_removed() -> None:
    at = with_photo(encoded(seven()))
    at.get("button_group")[0].set_value("drawing").run()
    assert shown(at)["answer"] == ""
    at.get("button_group")[0].set_value("photo").run()
    assert shown(at)["answer"] == "7"
    at.button(key="photo_remove").click().run()
    assert shown(at)["answer"] == ""


def test_a_photo_that_is_taken_out_of_the_uploader_is_gone() -> None:
    at = with_photo(encoded(seven()))
    at.file_uploader[0].set_value(None).run()
    assert not at.exception and shown(at)["answer"] == ""
