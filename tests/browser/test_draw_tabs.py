"""Labels and answers of every epoch for a drawing in a real Chromium."""

import io
import re

import numpy as np
from playwright.sync_api import Page, expect

from model_store import ModelStore, Run, RunState
from tests.support.app_server import Server
from tests.support.browser_pad import SEVEN, THREE, draw, expect_answer, expect_blank
from tests.support.browser_page import downloaded, settled

EPOCHS = 4


def learned(lab: Server) -> Run:
    """Add a run whose weights grow in equal steps from zero to those of the built-in model."""
    store = ModelStore(lab.store)
    starter = store.open("starter-mnist")
    weights = dict(np.load(starter.folder / "weights.npz"))
    run = store.create(starter.recipe.with_(name="In equal steps"))
    for epoch in range(EPOCHS + 1):
        store.save(run.id, f"checkpoints/epoch-{epoch:04}.npz", archive(weights, epoch / EPOCHS))
    for name in ("weights.npz", "model.keras", "summary.json"):
        store.save(run.id, name, archive(weights, 1.0) if name == "weights.npz" else b"{}")
    store.finish(run.id)
    store.set_state(run.id, RunState.DONE)
    return run


def archive(weights: dict[str, np.ndarray], share: float) -> bytes:
    file = io.BytesIO()
    np.savez(file, **{name: array * np.float32(share) for name, array in weights.items()})
    return file.getvalue()


def test_the_slider_goes_back_to_before_the_training(lab: Server, page: Page) -> None:
    page.goto(f"{lab.url}/draw?run={learned(lab).id}")
    settled(page)
    draw(page, SEVEN)
    expect_answer(page, "7")
    page.get_by_role("tab", name="During training").click()
    bars = page.locator(".st-key-epoch_slider .lab-bars li > :last-child")
    chart = page.locator(".st-key-epoch_slider .lab-live-plot")
    expect(chart).to_have_attribute("data-points", str(10 * (EPOCHS + 1)))
    end = page.locator(".lab-answers .lab-bars").first.locator("li > :last-child").all_inner_texts()
    expect(bars).to_have_text(end)
    slider = page.locator(".st-key-epoch_slider").get_by_role("slider")
    slider.focus()
    for epoch in range(EPOCHS):
        drawn = chart.get_attribute("data-drawn")
        slider.press("ArrowLeft")
        expect(chart).not_to_have_attribute("data-drawn", str(drawn))
        expect(slider).to_have_value(str(EPOCHS - 1 - epoch))
    expect(bars).to_have_text(["10.0 %"] * 10)
    expect(page.locator(".lab-answers .lab-answer").first).to_have_attribute("data-answer", "7")


def test_a_key_labels_the_drawing_and_every_run_is_asked(lab: Server, page: Page) -> None:
    page.goto(f"{lab.url}/draw?run=starter-mnist")
    settled(page)
    draw(page, THREE)
    expect_answer(page, "3")
    labels = page.locator(".st-key-sides")
    expect(labels).to_contain_text("Choose it to add your drawing")
    page.keyboard.press("8")
    expect(labels).to_contain_text("Added as a 8")
    expect_blank(page)
    expect(labels.get_by_role("button", name="3", exact=True)).to_be_disabled()
    labels.get_by_role("button", name="Undo label").click()
    expect_answer(page, "3")
    page.keyboard.press("3")
    expect(labels).to_contain_text("Added as a 3")
    expect(labels).to_contain_text("MNIST 98.9 %, class drawings 100.0 % (1 of 1)")
    expect_blank(page)
    page.keyboard.press("5")
    draw(page, SEVEN)
    expect_answer(page, "7")
    labels.get_by_role("button", name="1", exact=True).click()
    expect(labels).to_contain_text("class drawings 50.0 % (1 of 2)")
    labels.get_by_role("link", name="Class drawings").click()
    settled(page)
    page.get_by_text("Mistakes", exact=True).last.click()
    expect(page.locator(".lab-class-drawing")).to_have_count(1)
    expect(page.locator(".lab-class-drawing")).to_contain_text("1, read as 7")
    settled(page)
    saved = downloaded(page, page.get_by_role("button", name="Strokes (JSON)")).path()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No mistakes.")).to_be_visible()
    page.locator("input[type=file]").set_input_files(
        {"name": "set.json", "mimeType": "application/json", "buffer": saved.read_bytes()}
    )
    page.get_by_text("set.json").wait_for()
    page.get_by_role("button", name="Read the file").click()
    page.get_by_role("button", name=re.compile("^Add ")).click()
    expect(page.get_by_text("Added: 1. Already there: 1.")).to_be_visible()
    expect(page.locator(".lab-class-drawing")).to_contain_text("1, read as 7")
