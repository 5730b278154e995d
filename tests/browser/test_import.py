"""A model is downloaded, imported from its file, opened by a worker and used on Draw."""

import re
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect

from model_store import ModelStore
from tests.support.app_server import Server
from tests.support.browser_pad import SEVEN, draw, expect_answer
from tests.support.browser_page import downloaded, settled
from tests.support.finished_runs import all_runs


def test_a_model_is_downloaded_imported_and_used_on_draw(
    lab: Server, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{lab.url}/evaluate?run=starter-mnist&view=take")
    settled(page)
    export = tmp_path / "mine.keras"
    downloaded(page, page.get_by_role("button", name="Keras model", exact=True)).save_as(export)
    page.goto(f"{lab.url}/compare")
    settled(page)
    page.get_by_text("Import a model", exact=True).click()
    place = page.locator(".st-key-import_file input[type=file]")
    place.set_input_files(FilePayload(name="odd.keras", mimeType="", buffer=b"not a model"))
    expect(page.get_by_text("This file cannot be imported.")).to_be_visible()
    place.set_input_files(export)
    expect(page.get_by_text("784-128-10 with 101,770 parameters")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("is open: 784-128-10")).to_be_visible(timeout=120_000)
    page.get_by_role("link", name="Try it on a drawing").click()
    page.wait_for_url("**/draw?run=*")
    (run,) = [run for run in all_runs(ModelStore(lab.store)) if run.imported]
    assert page.url.endswith(run.id)
    chosen = page.get_by_role("combobox", name="Model", exact=True)
    expect(chosen).to_have_value(re.compile(r"mine · .* \(from a file\)"))
    draw(page, SEVEN)
    expect_answer(page, "7")
