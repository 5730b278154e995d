"""Downloads of a run in a real browser, and its verification."""

import json
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, expect

from model_store.recipe.recipe import Hidden, Recipe
from tests.support.app_server import Server
from tests.support.browser_page import downloaded, settled
from training.export.receipt import Receipt

RECIPE = Recipe("Taken away", "digits", (Hidden(8),), epochs=1, seed=11)


def _download(page: Page, label: str, folder: Path) -> bytes:
    download = downloaded(page, page.get_by_role("button", name=label, exact=True))
    path = folder / download.suggested_filename
    download.save_as(path)
    return path.read_bytes()


def test_a_run_is_trained_from_a_link_taken_away_and_verified(
    lab: Server, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{lab.url}/train?recipe={quote(RECIPE.to_link())}")
    settled(page)
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("link", name="Take it with you").click(timeout=120_000)
    expect(page.get_by_role("heading", name="Evaluate")).to_be_visible()
    compile(_download(page, "Python script", tmp_path), "script", "exec")
    assert json.loads(_download(page, "Notebook", tmp_path))["nbformat"] == 4
    for label in ("Keras model", "TensorBoard"):
        assert _download(page, label, tmp_path)[:2] == b"PK"
    receipt = Receipt.from_json(_download(page, "Receipt", tmp_path))
    assert receipt.recipe == RECIPE
    expect(page.get_by_text(f"{lab.url}/train?recipe=", exact=False)).to_be_visible()
    page.get_by_role("button", name="Verify", exact=True).click()
    expect(page.get_by_text("matches bit for bit", exact=True)).to_be_visible(timeout=120_000)
    page.get_by_role("link", name="The run that it verifies").click()
    page.wait_for_url(f"**run={receipt.run}*")
    page.reload()  # both runs are on the page for a moment
    settled(page)
    page.get_by_role("link", name="Take it with you").click()
    expect(page.get_by_text("Verification: matches bit for bit")).to_be_visible()
