"""Data: views, URL parameters, and missing data sets."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.compare_page import Visit
from tests.support.data_server import data_server, publish
from tests.support.page_text import address, errors
from training.data import download


def test_missing_data_offers_a_way_on(visit: Visit) -> None:
    at = visit("data", dataset="mnist")
    assert "cannot be shown" in errors(at)
    assert any("Download" in button.label for button in at.button)


def test_a_damaged_file_is_a_sentence(visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mnist.npz").write_bytes(b"PK\x03\x04 not an archive")
    assert "cannot be shown" in errors(visit("data", dataset="mnist"))


@pytest.mark.parametrize("view", ["image", "grid", "classes", "means", "numbers"])
def test_every_view_of_the_data(visit: Visit, view: str) -> None:
    at = visit("data", dataset="digits", split="test", index="7")
    chooser = next(g for g in at.get("button_group") if g.key == "linked_view")
    chooser.set_value(view).run()
    assert not at.exception
    assert errors(at) == ""
    assert address(at).get("view", "image") == view


def chosen(at: AppTest) -> dict[str, object]:
    """Return the values of the Data page's controls."""
    groups = {group.key: group.value for group in at.get("button_group")}
    boxes = {box.key: box.value for box in at.selectbox}
    return {**groups, **boxes, **{number.key: number.value for number in at.number_input}}


def test_what_is_chosen_in_the_data_is_in_the_address(visit: Visit) -> None:
    at = visit("data", dataset="digits")
    at.selectbox(key="linked_split").set_value("test").run()
    at.selectbox(key="linked_class").set_value("0").run()
    at.number_input(key="linked_index").set_value(34).run()
    expected = {"dataset": "digits", "split": "test", "class": "0", "index": "34"}
    assert address(at) == expected
    elsewhere = visit("data", **expected)
    assert chosen(elsewhere) == chosen(at)
    texts = [text.value for text in elsewhere.markdown]
    assert "Test image **34**: label **0**" in texts, "a digit is not named twice"
    elsewhere.selectbox(key="linked_split").set_value("train").run()
    assert "index" not in elsewhere.query_params, "another split has other images"


def test_the_grid_opens_at_its_page_and_pages_that_are_not_there_at_the_last(visit: Visit) -> None:
    at = visit("data", dataset="digits", view="grid")
    at.number_input(key="linked_page").set_value(3).run()
    assert address(at)["page"] == "3"
    again = visit("data", dataset="digits", view="grid", page="3")
    assert [text.proto.body for text in again.get("html")] == [
        text.proto.body for text in at.get("html")
    ]
    last = visit("data", dataset="digits", view="grid", page="9999999")
    assert last.number_input(key="linked_page").value == last.number_input(key="linked_page").max


@pytest.mark.parametrize("index", ["-1", "99999", "seven", "1e3"])
def test_an_impossible_image_is_a_sentence(visit: Visit, index: str) -> None:
    assert "There is no image" in errors(visit("data", dataset="digits", index=index))


def test_a_download_shows_its_progress_and_ends_with_the_data(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOFTMAX_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "downloads", {})
    with data_server(monkeypatch) as server:
        publish(monkeypatch, server)
        server.cut = 1_000
        at = visit("data", dataset="mnist")
        press_download(at)
        assert "could not be downloaded" in errors(at.run())
        press_download(at)
        assert errors(at.run()) == ""


def press_download(at: AppTest) -> None:
    """Press the button and wait for the end of the download."""
    next(button for button in at.button if "Download" in button.label).click().run()
    running = download.latest("mnist")
    assert running is not None
    running.join(30)
