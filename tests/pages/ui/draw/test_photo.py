"""Photos on the Draw page: answered like a drawing, or an error message."""

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.ui.draw.photo import FILE_TYPES
from tests.support.components import component_data
from tests.support.draw_page import DRAW, errors, shown, toggle
from tests.support.other_pictures import OTHERS
from tests.support.photos import animated, encoded, png_of_size, seven
from training.images.photo import is_prepared


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


def sideways() -> bytes:
    return encoded(seven().transpose(Image.Transpose.ROTATE_90))


def test_a_sideways_photo_can_be_turned() -> None:
    at = with_photo(sideways())
    assert shown(at)["answer"] != "7"
    at.button(key="photo_turn").click().run()
    assert shown(at)["answer"] == "7"
    for _quarter in range(4):
        at.button(key="photo_turn").click().run()
    assert not at.exception and shown(at)["answer"] == "7"


def test_what_is_left_out_is_told() -> None:
    image = seven()
    image.paste(60, (200, 190, 214, 204))
    at = with_photo(encoded(image))
    assert shown(at)["answer"] == "7"
    assert any("Left out\\: a dot" in caption.value for caption in at.caption)


def test_several_digits_are_told() -> None:
    two = Image.new("L", (600, 300), 230)
    two.paste(seven(), (0, 0))
    two.paste(seven(), (300, 0))
    assert "I see 2 digits" in errors(with_photo(encoded(two)))


def test_what_looks_like_no_digit_gets_no_digit_for_an_answer() -> None:
    pixels = OTHERS["textures"](np.random.default_rng(1))
    assert is_prepared(pixels), "so it is not cut"
    at = with_photo(encoded(Image.fromarray(pixels)))
    assert shown(at)["answer"] == "?" and "not sure" in shown(at)["status"]
    assert sum(shown(at)["probabilities"]) == pytest.approx(1, abs=1e-3)
    toggle(at, "centred")
    assert shown(at)["answer"] != "?", "without a step it is no picture to judge"


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
