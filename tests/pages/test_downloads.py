"""Downloads of a run: the offered files, the link, a verification with its verdict."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from model_store import Run, RunState
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.events import LearningRate
from model_store.storage.database.schema import runs
from pages.ui.services import singletons
from tests.support.components import press_start
from tests.support.finished_runs import all_runs, finished_run
from training.export.verification import RECEIPT_FILE, receipt_of

Visit = Callable[..., AppTest]
RECIPE = Recipe(name="Small & <odd>", dataset="digits", hidden=(Hidden(8),), epochs=1, seed=11)


def trained(recipe: Recipe) -> Run:
    """Add a finished run; the same recipe gives the same record and weights."""
    facts = {"data": singletons.dataset("digits").fingerprint}
    return finished_run(singletons.store(), recipe, "", (1.0,), (0.7,), facts=facts)


@pytest.fixture
def done() -> Run:
    """Add a finished run to the pages' store."""
    return trained(RECIPE)


def texts(at: AppTest) -> str:
    return " ".join(element.value for element in (*at.markdown, *at.info, *at.caption, *at.error))


def take(visit: Visit, run: Run) -> AppTest:
    """Open the page with a run's downloads."""
    return visit("evaluate", run=run.id, view="take")


def test_a_finished_run_offers_every_file(visit: Visit, done: Run) -> None:
    (way,) = [
        link.proto
        for link in visit("train", run=done.id).get("page_link")
        if link.proto.label == "Take it with you"
    ]
    assert way.page == "evaluate" and parse_qs(way.query_string)["view"] == ["take"]
    at = take(visit, done)
    labels = [button.proto.label for button in at.get("download_button")]
    assert labels == [
        *("Page to take home", "Python script", "Notebook", "Keras model", "Weights"),
        *("Curve, every point", "Curve, every epoch", "TensorBoard"),
        *("Receipt", "Receipt to read"),
    ]


def test_a_model_that_comes_with_the_app_can_be_taken_away(visit: Visit) -> None:
    at = visit("evaluate", run="starter-mnist", view="take")
    assert "Receipt" in [button.proto.label for button in at.get("download_button")]


def test_clothing_needs_its_test_images_for_a_page(visit: Visit) -> None:
    at = take(visit, singletons.store().open("starter-fashion-mnist"))
    labels = [button.proto.label for button in at.get("download_button")]
    assert "Page to take home" not in labels and "Keras model" in labels
    assert "needs the test images of Fashion-MNIST" in texts(at)


def test_the_link_opens_the_form_with_the_same_recipe(visit: Visit, done: Run) -> None:
    (code,) = take(visit, done).code
    address = urlsplit(code.value)
    assert address.path == "/train"
    (recipe,) = parse_qs(address.query)["recipe"]
    assert Recipe.from_link(recipe) == RECIPE
    at = visit("train", recipe=recipe)
    press_start(at)
    (run,) = [r for r in all_runs(singletons.store()) if not r.shipped and r.id != done.id]
    assert run.recipe == RECIPE


def test_a_run_without_a_model_offers_nothing(visit: Visit) -> None:
    run = singletons.store().create(RECIPE)
    singletons.store().set_state(run.id, RunState.CANCELLED)
    assert "Take it with you" not in _links(visit("train", run=run.id))


def test_verify_starts_an_ordinary_run_that_knows_what_it_verifies(visit: Visit, done: Run) -> None:
    at = take(visit, done)
    at.button(key=f"verify_{done.id}").click().run()
    assert not at.exception
    (again,) = [r for r in all_runs(singletons.store()) if r.verifies]
    assert again.verifies == done.id
    assert again.recipe.hash == done.recipe.hash
    assert again.state is RunState.QUEUED
    assert again.owner not in ("", done.owner), "it belongs to who asked for it"
    assert "Verification: queued" in " ".join(_links(take(visit, done)))


def _links(at: AppTest) -> list[str]:
    return [link.proto.label for link in at.get("page_link")]


def _verified(done: Run, recipe: Recipe) -> Run:
    """A run of the recipe that verifies the first."""
    again, store = trained(recipe), singletons.store()
    with store.database.write() as connection:
        one = update(runs).where(runs.c.id == again.id)
        connection.execute(one.values(verifies=done.id))
    store.save(again.id, RECEIPT_FILE, receipt_of(store, done).to_json().encode())
    return again


def test_both_runs_tell_of_the_match_after_a_reload(visit: Visit, done: Run) -> None:
    again = _verified(done, RECIPE)
    assert "matches bit for bit" in texts(visit("train", run=again.id))
    assert "Verification: matches bit for bit" in _links(take(visit, done))


def test_another_curve_is_reported_with_its_figures(visit: Visit, done: Run) -> None:
    again = _verified(done, replace(RECIPE, seed=12))
    at = visit("train", run=again.id)
    assert "does not match" in texts(at)
    assert "Different recipe" in texts(at).replace("\\", "")
    assert "Verification: does not match" in _links(take(visit, done))


def test_a_verification_outlives_the_run_that_it_verifies(visit: Visit, done: Run) -> None:
    again = _verified(done, RECIPE)
    singletons.store().delete(done.id)
    text = texts(visit("train", run=again.id))
    assert "matches bit for bit" in text
    assert "not in this store, or no longer" in text


def test_a_run_steered_by_hand_says_why_it_cannot_be_verified(visit: Visit, done: Run) -> None:
    singletons.store().append(done.id, LearningRate(3, 0.1, 0.5, 0.0))
    at = take(visit, done)
    assert "cannot be verified" in texts(at)
    assert not [b for b in at.button if b.key == f"verify_{done.id}"]


def _upload(at: AppTest, content: bytes) -> AppTest:
    return at.get("file_uploader")[-1].upload("receipt.json", content).run()


def test_a_receipt_from_a_file_is_trained_again(visit: Visit, done: Run) -> None:
    receipt = receipt_of(singletons.store(), done).to_json()
    singletons.store().delete(done.id)
    at = _upload(visit("compare"), receipt.encode())
    assert "784-8-10 on Digits" in texts(at).replace("\\", "")
    at.button(key="verify_receipt").click().run()
    (again,) = [r for r in all_runs(singletons.store()) if r.verifies]
    assert again.recipe.hash == RECIPE.hash
    assert (again.folder / RECEIPT_FILE).read_text() == receipt


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"test_accuracy": 0', '"test_accuracy": 1', "not the one of the run"),
        ('"seed": 11', '"seed": 12', "recipe_hash does not belong"),
        ('"dataset": "digits"', '"dataset": "../../etc"', "cannot be used"),
        ('"kind"', '"kin"', "not a receipt"),
    ],
)
def test_a_forged_or_foreign_receipt_gets_a_sentence(
    visit: Visit, done: Run, old: str, new: str, words: str
) -> None:
    receipt = receipt_of(singletons.store(), done).to_json()
    assert old in receipt
    at = _upload(visit("compare"), receipt.replace(old, new).encode())
    assert not at.exception
    assert words in texts(at).replace("\\", "")
