"""Class drawings as files: uploads, errors and downloads."""

from collections.abc import Callable

import pytest

from model_store.classroom.drawing import Drawing
from pages.ui.evaluate.drawings_files import add_drawings
from pages.ui.services import singletons
from tests.support.draw_page import Visit, kept
from tests.support.drawing_images import prepared_images
from tests.support.drawings import sevens
from tests.support.page_text import errors, words
from training.images.drawing_files import prepared_image, to_json, to_zip

ME = "me"


@pytest.mark.parametrize("write", [to_json, to_zip])
def test_a_set_is_loaded_and_is_the_loaders(write: Callable[[list[Drawing]], bytes]) -> None:
    given = sevens(4)
    assert add_drawings(write(given)) == ("Added: 4. Already there: 0.", "")
    assert kept() == [(7, ME)] * 4
    images = prepared_images(singletons.class_drawings().all().drawings)
    assert {i.tobytes() for i in images} == {prepared_image(d).tobytes() for d in given}
    message, _refused = add_drawings(to_json(given))
    assert len(kept()) == (4 if write is to_json else 8)
    assert message.startswith("Added: 0." if write is to_json else "Added: 4.")


def test_a_hostile_file_changes_nothing(visit: Visit) -> None:
    for content in (b"{}", b"PK\x03\x04", b"\x00" * 100, b'{"drawings": [1]}'):
        message, refused = add_drawings(content)
        assert message == "" and refused.endswith(".")
    assert kept() == []
    at = visit("evaluate", run="starter-mnist", view="drawings")
    at.session_state["lab_loaded"] = ("", "The file has no drawings of this app.")
    at.run()
    assert "has no drawings of this app" in errors(at)
    at.run()
    assert errors(at) == ""


def test_the_downloads_contain_no_owner(visit: Visit) -> None:
    singletons.class_drawings().add_all(sevens(3))
    at = visit("evaluate", run="starter-mnist", view="drawings")
    assert [b.proto.label for b in at.get("download_button")] == [
        "Strokes (JSON)",
        "Pictures (PNG in a ZIP)",
    ]
    assert singletons.class_drawings().all().hash[:12] in words(at)
