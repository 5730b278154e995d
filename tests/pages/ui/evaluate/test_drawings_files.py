"""Class drawings as files: uploads, errors and downloads."""

import io
import zipfile
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from model_store.classroom import drawing_set
from model_store.classroom.drawing import Drawing
from pages.ui.evaluate.drawings_files import open_file
from pages.ui.services import singletons
from pages.ui.state import selection, visitor
from tests.support.draw_page import Visit, kept
from tests.support.drawing_images import prepared_images
from tests.support.drawings import sevens
from tests.support.page_text import errors, words
from tests.support.photos import encoded, seven
from tests.support.session import keep
from training.images.drawing_files import DrawingFile, to_json, to_zip
from training.images.drawing_images import prepared_image


def view(visit: Visit) -> AppTest:
    return visit("evaluate", run="starter-mnist", view="drawings")


def chosen(visit: Visit, content: bytes) -> AppTest:
    """Open the page with a file that was uploaded."""
    at = view(visit)
    keep(at, "lab_drawing_file", DrawingFile(content, visitor.visitor_id()))
    at.run()
    assert not at.exception
    return at


def html(at: AppTest) -> str:
    return " ".join(element.proto.body for element in at.get("html"))


@pytest.mark.parametrize("write", [to_json, to_zip])
def test_a_set_is_shown_before_it_is_added(
    visit: Visit, write: Callable[[list[Drawing]], bytes]
) -> None:
    at = chosen(visit, write(sevens(4)))
    assert kept() == [] and html(at).count('data-read="true"') == 4
    assert at.button(key="add_file").label == "Add 4 drawings"
    at.button(key="add_file").click().run()
    assert not at.exception and "Added: 4. Already there: 0." in words(at)
    assert [label for label, _owner in kept()] == [7] * 4
    images = prepared_images(singletons.class_drawings().all().drawings)
    assert {i.tobytes() for i in images} == {prepared_image(d).tobytes() for d in sevens(4)}
    assert at.get("file_uploader"), "another file can be chosen"


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_each_picture_is_shown_with_what_was_left_out_or_why_it_was_not_read(visit: Visit) -> None:
    image = seven()
    image.paste(60, (200, 190, 214, 204))
    files = {"7/<b>.png": encoded(image), "7/bad.jpg": b"x", "7/x.txt": b"", "holiday.png": b""}
    at = chosen(visit, zipped(files))
    shown = html(at)
    assert "7/&lt;b&gt;.png is a 7" in shown and "Left out: a dot." in shown
    assert "7/bad.jpg" in shown and "no picture that can be read" in shown
    assert "1 file is no picture" in words(at) and "holiday" in words(at)
    at.button(key="discard_file").click().run()
    assert not at.exception and kept() == [] and at.get("file_uploader")


def test_nothing_can_be_added_where_nothing_was_read(visit: Visit) -> None:
    at = chosen(visit, zipped({"7/bad.jpg": b"x"}))
    assert [button.key for button in at.button if button.key == "add_file"] == []
    assert at.button(key="discard_file")


def test_a_hostile_file_changes_nothing(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    results: list[tuple[str, str]] = []
    monkeypatch.setattr(selection.load_result.__class__, "set", lambda _slot, v: results.append(v))
    for content in (b"{}", b"PK\x03\x04", b"\x00" * 100, b'{"drawings": [1]}'):
        open_file(content)
    assert len(results) == 4 and all(not m and r.endswith(".") for m, r in results)
    assert kept() == []


def test_an_error_is_shown_once(visit: Visit) -> None:
    at = view(visit)
    keep(at, "lab_loaded", ("", "The file has no drawings of this app."))
    at.run()
    assert "has no drawings of this app" in errors(at)
    at.run()
    assert errors(at) == ""


def test_a_full_share_is_said_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    full = sevens(drawing_set.MAX_PER_OWNER, owner=visitor.visitor_id())
    results: list[tuple[str, str]] = []
    singletons.class_drawings().add_all(full)
    monkeypatch.setattr(selection.load_result.__class__, "set", lambda _slot, v: results.append(v))
    open_file(to_json(sevens(3)))
    assert results and "the most for one person" in results[0][1]


def test_the_downloads_contain_no_owner(visit: Visit) -> None:
    singletons.class_drawings().add_all(sevens(3))
    at = visit("evaluate", run="starter-mnist", view="drawings")
    assert [b.proto.label for b in at.get("download_button")] == [
        "Strokes (JSON)",
        "Pictures (PNG in a ZIP)",
    ]
    assert singletons.class_drawings().all().hash[:12] in words(at)
