"""Hand-in: answers, predictions, runs and receipts in one file, escaped."""

import base64
import re
from dataclasses import replace
from html import unescape

from model_store import ModelStore
from model_store.lessons import library
from model_store.lessons.progress import Progress
from model_store.runs.history import History
from model_store.runs.prediction import FILE, POINTS, Prediction
from tests.support.finished_runs import finished_run
from training.export.receipt import Receipt
from training.lessons.hand_in import HandedRun, hand_in

SOFTMAX = library.lessons()[0]
HOSTILE = "<script>alert(1)</script>\u202e"


def text(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", page[page.index("<body>") :]))


def answered() -> Progress:
    progress = Progress("digits").with_answer("scores/guess", "1", None, 1e9)
    progress = progress.with_answer("by-hand/share", "0.5", False, 1e9)
    progress = progress.with_answer("by-hand/share", "0.867", True, 1e9 + 60)
    progress = progress.with_answer("by-hand/factor", "2", False, 1e9).with_shown("by-hand/factor")
    return progress.with_answer("same-and-double/name", HOSTILE, False, 1e9)


def test_it_has_every_answer_with_its_verdict() -> None:
    page = hand_in(SOFTMAX, "digits", answered(), [], "Ana")
    said = text(page)
    assert "Ana" in said and "2001-09-09 01:47 UTC" in said
    assert "0.867" in said and "2 tries" in said
    assert "the answer was shown" in said and "not correct" in said
    assert "1 of 10 questions answered correctly" in said
    unanswered = sum(1 for _each in SOFTMAX.questions()) - 4
    assert said.count("no answer") == unanswered
    assert SOFTMAX.steps[0].questions[0].options[1] in said


def test_it_is_escaped_and_needs_nothing_else() -> None:
    page = hand_in(SOFTMAX, "digits", answered(), [], HOSTILE)
    assert "<script" not in page and "\u202e" not in page
    assert text(page).count("alert(1)") == 2
    assert not re.search(r"<(link|iframe|img)|https?:|\son\w+=", page)
    assert "default-src 'none'" in page


def test_an_empty_one_has_a_line_for_the_name() -> None:
    said = text(hand_in(SOFTMAX, "mnist", Progress(), []))
    assert "0 of 7 steps done" in said and "Name:" in said


def test_it_has_the_runs_predictions_and_receipts(store: ModelStore) -> None:
    recipe = SOFTMAX.recipe("main", "digits").with_(name=HOSTILE[:-1])
    run = finished_run(store, recipe, "me")
    prediction = Prediction.of([0.5] * POINTS)
    assert prediction is not None
    store.save(run.id, FILE, prediction.to_json())
    history = History.from_events(store.events(run.id))
    page = hand_in(SOFTMAX, "digits", Progress(), [HandedRun("main", run, history)])
    said = text(page)
    assert run.id in said and "80.00 %" in said
    assert "50.0 % at the end" in said
    found = re.search(r'href="data:application/json;base64,([^"]+)"', page)
    assert found is not None
    receipt = Receipt.from_json(base64.b64decode(found[1]))
    assert receipt.run == run.id and receipt.recipe.hash == recipe.hash
    assert "<script" not in page


def test_a_run_that_has_not_ended_is_named(store: ModelStore) -> None:
    run = store.create(SOFTMAX.recipe("main", "digits"))
    page = hand_in(SOFTMAX, "digits", Progress(), [HandedRun("main", run, History())])
    assert "It has not ended" in text(page)


def test_the_file_is_in_the_lessons_language() -> None:
    assert '<html lang="zh">' in hand_in(replace(SOFTMAX, language="zh"), "digits", Progress(), [])
