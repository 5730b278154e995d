"""Below the drawing in a real Chromium: the slider over what a run was at each epoch."""

from __future__ import annotations

import io

import numpy as np
from playwright.sync_api import Page, expect

from model_store import ModelStore, Run, RunState
from tests.browser.conftest import Server, settled
from tests.browser.test_tour import SEVEN, draw, expect_answer

EPOCHS = 4


def learned(lab: Server) -> Run:
    """A run that went in equal steps from no weights at all to those of the shipped model."""
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
    page.get_by_role("tab", name="While it learned").click()
    bars = page.locator(".st-key-scrubber .lab-bars li > :last-child")
    chart = page.locator(".st-key-scrubber .lab-live-plot")
    expect(chart).to_have_attribute("data-points", str(10 * (EPOCHS + 1)))
    end = page.locator(".lab-answers .lab-bars").first.locator("li > :last-child").all_inner_texts()
    expect(bars).to_have_text(end)
    slider = page.locator(".st-key-scrubber").get_by_role("slider")
    slider.focus()
    for epoch in range(EPOCHS):
        drawn = chart.get_attribute("data-drawn")
        slider.press("ArrowLeft")
        expect(chart).not_to_have_attribute("data-drawn", str(drawn))
        expect(slider).to_have_value(str(EPOCHS - 1 - epoch))
    expect(bars).to_have_text(["10.0 %"] * 10)
    expect(page.locator(".lab-answers .lab-answer").first).to_have_attribute("data-answer", "7")
