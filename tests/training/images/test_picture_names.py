"""Labels in the names of pictures."""

import pytest

from training.images.picture_names import is_picture, is_rubbish, label


@pytest.mark.parametrize(
    "name",
    [
        *("7.png", "7/anna.png", "7_anna.png", "7-anna.png", "7 (2).png", "7 copy.JPG", "7.1.png"),
        *("set/7/anna.png", "set/7/by anna/1.png", "7/1.png", "7/3_times.png", "digit7/1.png"),
        *(
            "digit 7.png",
            "Digit_7_b.jpeg",
            "seven.png",
            "Seven/1.png",
            "seven (2).png",
            "class_7/x.bmp",
        ),
        *("sevens/1.png", "label-7.png", "no. 7.png", "七/1.png", "数字7.png", "deep\\7\\a.png"),
    ],
)
def test_the_name_says_which_digit_it_is(name: str) -> None:
    assert label(name) == 7


@pytest.mark.parametrize(
    "name",
    ["77.png", "anna.png", "IMG_7.png", "img7.png", "set 7a/anna.png", "seventy.png", "", "/"],
)
def test_a_name_without_one_digit_says_nothing(name: str) -> None:
    assert label(name) is None


def test_pictures_and_rubbish() -> None:
    assert all(map(is_picture, ("7.png", "a/7.JPG", "7.jpeg", "7.jfif", "7.webp")))
    assert not any(map(is_picture, ("7", "7.txt", "png", "7.png.zip")))
    assert all(map(is_rubbish, ("7/", "__MACOSX/7.png", "a/__MACOSX/._7.png", "7/._a.png")))
    assert all(map(is_rubbish, (".DS_Store", "7/Thumbs.db", "")))
    assert not any(map(is_rubbish, ("7.png", "7/a.png", "7/.a.png")))
