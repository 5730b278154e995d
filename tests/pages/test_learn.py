"""Learn: every step's address, questions, progress, sheets and the hand-in."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from model_store import Run, RunState
from model_store.lessons import library
from model_store.lessons.lesson import BUILT_IN, Lesson, Step
from model_store.lessons.parts import PARTS
from model_store.lessons.progress import Progress, key
from model_store.runs.events import EpochEnd, Evaluated
from pages.ui.frame import permissions
from pages.ui.learn.context import run_figures
from pages.ui.learn.live_parts import DRAWN
from pages.ui.services import singletons
from tests.support.compare_page import Visit
from tests.support.components import component_data
from tests.support.finished_runs import arrays, finished_run
from tests.support.learner import ME, as_learner
from tests.support.page_text import address, errors, html, words

STEPS = [(lesson, step) for lesson in library.lessons() for step in lesson.steps]
SOFTMAX = library.lessons()[0]


@pytest.fixture(autouse=True)
def learner(monkeypatch: pytest.MonkeyPatch) -> None:
    as_learner(monkeypatch)


def progress(lesson: Lesson = SOFTMAX) -> Progress:
    return singletons.progress().read(ME, lesson.id)


def train_all(lesson: Lesson, before: Progress | None = None) -> dict[str, Run]:
    """Add a finished run of each of the lesson's recipes on Digits, and make it the learner's."""
    runs = {
        name: finished_run(singletons.store(), lesson.recipe(name, "digits"), ME)
        for name in lesson.recipe_names
    }
    own = {key(name, "digits"): run.id for name, run in runs.items()}
    singletons.progress().change(
        ME, lesson.id, lambda _p: replace(before or Progress("digits"), runs=own)
    )
    return runs


def test_every_part_that_a_step_can_name_can_be_drawn() -> None:
    assert DRAWN.keys() == PARTS.keys()


@pytest.mark.parametrize(
    ("lesson", "step"), STEPS, ids=[f"{lesson.id}-{step.id}" for lesson, step in STEPS]
)
def test_every_step_opens_at_its_address(visit: Visit, lesson: Lesson, step: Step) -> None:
    train_all(lesson)
    at = visit("learn", lesson=lesson.id, step=step.id)
    assert errors(at) == ""
    assert step.title in [header.value.partition(" ")[2] for header in at.header]
    assert "{{" not in words(at)
    assert progress(lesson).at == step.id and step.id in progress(lesson).seen


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"lesson": "nonsense"}, "no such lesson"),
        ({"lesson": "../softmax"}, "no such lesson"),
        ({"lesson": "softmax", "step": "nonsense"}, ""),
        ({"lesson": "softmax", "dataset": "cats"}, ""),
        ({"lesson": "softmax", "dataset": "mnist"}, ""),
    ],
)
def test_nonsense_in_the_address_is_a_sentence_or_the_first_step(
    visit: Visit, params: dict[str, str], said: str
) -> None:
    at = visit("learn", **params)
    assert said in errors(at)
    if not said:
        assert errors(at) == "" and at.header[0].value == f"1 {SOFTMAX.steps[0].title}"


def test_buttons_lead_from_step_to_step_and_the_address_follows(visit: Visit) -> None:
    at = visit("learn", lesson="softmax")
    assert at.button(key="step_before").disabled
    for step in SOFTMAX.steps[1:]:
        at.button(key="step_after").click().run()
        assert address(at)["step"] == step.id
    at.button(key="onwards").click().run()
    assert address(at)["step"] == "hand-in"
    assert at.button(key="step_after").disabled
    again = visit("learn", lesson="softmax")
    assert again.header[0].value == "Hand in", "it goes on where the learner was"


def answer(at: AppTest, name: str, value: str | int) -> AppTest:
    """Type or choose an answer to a question of the softmax lesson, and press Check."""
    widget = f"answer_softmax_{name}"
    if isinstance(value, int):
        at.radio(key=widget).set_value(value)
    else:
        at.text_input(key=widget).input(value)
    at.button(key=f"check_{widget}").click().run()
    assert not at.exception
    return at


def test_a_wrong_answer_gets_a_hint_then_the_answer_a_right_one_the_reason(visit: Visit) -> None:
    at = visit("learn", lesson="softmax", step="by-hand")
    name = "by-hand/share"
    answer(at, name, "0.5")
    assert "Not yet. " in at.warning[0].value.replace("*", "")
    assert not [b for b in at.button if b.label == "Show the answer"]
    answer(at, name, "0.6")
    next(b for b in at.button if b.label == "Show the answer").click().run()
    assert "The answer is: **0" in at.info[0].value
    assert progress().answers[name].shown
    answer(at, name, "86.7 %")
    assert progress().answers[name].right is False
    answer(at, name, "0,867")
    assert "Correct" in at.success[0].value
    kept = progress().answers[name]
    assert (kept.given, kept.right, kept.tries) == ("0,867", True, 4)


def test_an_empty_answer_is_not_kept(visit: Visit) -> None:
    at = answer(visit("learn", lesson="softmax", step="by-hand"), "by-hand/share", "  ")
    assert "Give an answer first" in words(at)
    assert progress().answers == {}


def test_a_reload_shows_the_answers_and_the_list_how_far_one_is(visit: Visit) -> None:
    at = visit("learn", lesson="softmax", step="scores")
    answer(at, "scores/guess", 1)
    answer(at, "scores/label", "1")
    again = visit("learn", lesson="softmax", step="scores")
    assert again.radio(key="answer_softmax_scores/guess").value == 1
    assert again.text_input(key="answer_softmax_scores/label").value == "1"
    listed = visit("learn")
    assert "1 of 7 steps done" in str([p.proto.text for p in listed.get("progress")])
    (link,) = [p.proto for p in listed.get("page_link") if "lesson=softmax" in p.proto.query_string]
    assert "Continue" in link.label and "step=scores" in link.query_string


def test_a_summary_can_list_activations_as_layers_of_their_own(visit: Visit) -> None:
    at = visit("learn", lesson="mnist-mlp-512", step="dropout", dataset="digits")
    kinds = at.table[0].value["type"].tolist()
    hidden = ["Dense", "Activation (relu)", "Dropout"]
    assert kinds == ["Flatten", *hidden, *hidden, "Dense", "Activation (softmax)"]


def test_start_makes_a_run_of_the_lessons_recipe(visit: Visit) -> None:
    at = visit("learn", lesson="softmax", step="train")
    next(b for b in at.button if b.label == "Start training").click().run()
    assert not at.exception
    run_id = progress().runs["main/digits"]
    assert singletons.store().open(run_id).recipe == SOFTMAX.recipe("main", "digits")
    again = visit("learn", lesson="softmax", step="train")
    assert not [b for b in again.button if b.label == "Start training"]


def test_a_figure_of_ones_own_run_is_checked_when_there_is_one(visit: Visit) -> None:
    at = visit("learn", lesson="softmax", step="train")
    answer(at, "train/accuracy", "80")
    assert "as soon as your training has ended" in words(at)
    answer(at, "train/accuracy", "80.0 %")  # of `finished_run`
    assert progress().answers["train/accuracy"].right is None
    train_all(SOFTMAX, progress())
    at = visit("learn", lesson="softmax", step="train")
    assert progress().answers["train/accuracy"].right is True
    assert "Correct" in at.success[0].value


def downloads(at: AppTest) -> Iterator[str]:
    yield from (button.proto.id.split("-", 2)[-1] for button in at.get("download_button"))


@pytest.mark.parametrize("address", [None, "::1", "127.0.0.2", "192.0.2.7", "x"])
def test_without_a_code_the_servers_own_computer_has_the_key(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    monkeypatch.setattr(ContextProxy, "ip_address", property(lambda _self: address))
    at = visit("learn", lesson="softmax", step="scores")
    is_here = address is None or address.startswith(("::1", "127"))
    assert ("key_softmax" in set(downloads(at))) is is_here
    assert ("For the teacher" in [e.label for e in at.expander]) is is_here


def test_only_a_teacher_sees_keys_where_there_is_a_code(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ContextProxy, "ip_address", property(lambda _self: None))
    monkeypatch.setattr(singletons, "teacher_code", lambda: "secret")
    assert set(downloads(visit("learn"))) == {f"sheet_{lesson}" for lesson in library.lesson_ids()}
    monkeypatch.setattr(permissions, "is_teacher", lambda: True)
    assert "key_softmax" in set(downloads(visit("learn")))


def test_the_end_lists_every_answer_and_offers_the_file(visit: Visit) -> None:
    at = visit("learn", lesson="softmax", step="by-hand")
    answer(at, "by-hand/share", "0.5")
    end = visit("learn", lesson="softmax", step="hand-in")
    table = json.loads(end.table[0].value.to_json(orient="records"))
    assert len(table) == len(list(SOFTMAX.questions()))
    row = next(row for row in table if row["your answer"])
    assert row["your answer"].replace("\\", "") == "0.5" and row["result"] == "not correct"
    assert "hand_in" in set(downloads(end))


PART_PAGE = """
from dataclasses import replace
from model_store.lessons import library
from model_store.lessons.lesson import BUILT_IN, Part
from model_store.lessons.parts import PARTS, defaults
from pages.ui.learn.context import Context
from pages.ui.learn.live_parts import live_part
from pages.ui.services import singletons
from tests.support.learner import ME

lesson = library.lesson("softmax")
progress = singletons.progress().read(ME, lesson.id)
context = Context(lesson, lesson.steps[0], "digits", progress)
part = Part({name!r}, {{**defaults({name!r}), **{given!r}}})
live_part(context, 0, part)
"""


def shown(name: str, given: dict[str, object]) -> AppTest:
    at = AppTest.from_string(PART_PAGE.format(name=name, given=given), default_timeout=20).run()
    assert not at.exception, at.exception
    assert errors(at) == ""
    return at


@pytest.mark.parametrize("name", PARTS)
def test_every_part_is_drawn_with_and_without_what_it_needs(name: str) -> None:
    """With its defaults: without a run, with the learner's run and, if it can, the built-in one."""
    shown(name, {})
    train_all(SOFTMAX)
    shown(name, {})
    if "run" in PARTS[name] and getattr(PARTS[name]["run"], "built_in", False):
        shown(name, {"run": BUILT_IN})


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("picture", {"style": "black"}),
        ("picture", {"style": "colours"}),
        ("grid", {"first": 1430, "style": "grey"}),
        ("softmax_by_hand", {"scores": (50.0, -50.0, 0.0, 1.0, 2.0, 3.0)}),
        ("history", {"figure": "loss"}),
        ("prediction_grid", {"show": "wrong"}),
        ("training", {"predict": "yes"}),
        ("activation", {"name": "gelu"}),
        ("dotted", {"label": 9}),
        ("fool", {"split": "train", "index": 1436}),
        ("robustness", {"changes": ("shift",)}),
        ("sweep", {"question": "wrong-labels"}),
    ],
)
def test_parts_with_other_arguments(name: str, given: dict[str, object]) -> None:
    shown(name, given)
    train_all(SOFTMAX)
    shown(name, given)


def printed(name: str) -> list[str]:
    """Return what a part shows as a program prints it."""
    found = re.findall(r'<pre class="lab-printed"[^>]*>(.*?)</pre>', html(shown(name, {})), re.S)
    return [unescape(text) for text in found]


def test_numbers_are_shown_as_the_documents_print_them() -> None:
    """The whole one-hot array, the flattened row, tiny probabilities, the fit parameters."""
    train_all(SOFTMAX)
    labels, last, whole = printed("one_hot")
    assert labels.split() == printed("label_array")[0].split() and "..." in labels
    assert last.count("0.") == 9 and last.count("1.") == 1
    assert whole.count("[") == 11, "five rows of each end"
    assert len(printed("flatten")[0].split()) == 784
    assert "[1437, 784]" in words(shown("flatten", {}))
    tiny = shown("softmax_by_hand", {"scores": (50.0, -5.0)})
    assert "1.3e-24" in tiny.table[0].value.to_string()
    (outputs,) = printed("prediction")
    assert (
        len(outputs.strip("[]").split()) == 10 and outputs.count("e-") + outputs.count("e+") == 10
    )
    fit = words(shown("training", {}))
    assert "batch size **16**" in fit and "epochs **20**" in fit and "images **1,437**" in fit


def test_a_spoiled_network_stands_beside_its_clean_twin(visit: Visit) -> None:
    lesson = next(found for found in library.lessons() if found.id == "bad-data")
    at = visit("learn", lesson=lesson.id, step="matrix", dataset="digits")
    assert html(at).count("This needs a network that you trained") == 2
    train_all(lesson)
    at = visit("learn", lesson=lesson.id, step="matrix", dataset="digits")
    metrics = [metric.label for metric in at.metric]
    assert metrics[:2] == ["Test accuracy of this model", "Test accuracy of the clean twin"]
    assert "**4 labelled as 9**" in [m.value for m in at.markdown]
    assert "**good data**" in [m.value for m in at.markdown]


def test_a_dot_is_put_into_every_test_image(visit: Visit) -> None:
    lesson = next(found for found in library.lessons() if found.id == "bad-data")
    train_all(lesson)
    at = visit("learn", lesson=lesson.id, step="shortcut", dataset="digits")
    (dot,) = at.selectbox
    assert "Images that are read as 0" in [metric.label for metric in at.metric]
    dot.select(7).run()
    assert "Images that are read as 7" in [metric.label for metric in at.metric]
    assert html(at).count("(truly ") == 20, "caption and alternative text of ten images"


def test_spoiled_images_are_shown_before_the_training(visit: Visit) -> None:
    at = visit("learn", lesson="bad-data", step="swapped", dataset="digits")
    assert "60 % of the images of 4 are labelled 9." in words(at)
    assert html(at).count(">9 (truly 4)<") == 5


def test_planned_learning_rates_are_one_line_for_each_recipe(visit: Visit) -> None:
    at = visit("learn", lesson="when-to-stop", step="rates", dataset="digits")
    ((figure, _look),) = component_data(at, "live_plot")
    lines = {line["name"]: line["y"] for line in figure["data"]}
    assert list(lines) == ["constant", "step", "cosine"]
    assert lines["constant"] == [0.03, 0.03]
    assert lines["step"][-1] == pytest.approx(0.0012) and lines["cosine"][-1] < 0.0001


def test_a_drawing_on_the_pad_can_fool_the_built_in_network(visit: Visit) -> None:
    at = visit("learn", lesson="fool", step="draw", dataset="digits")
    (data,) = component_data(at, "fool_view")
    assert data["image"] == "", "it follows the pad"
    lesson = next(found for found in library.lessons() if found.id == "fool")
    train_all(lesson)
    (data,) = component_data(visit("learn", lesson="fool", step="sum"), "fool_view")
    assert len(base64.b64decode(data["image"])) == 784


def test_a_training_that_stopped_early_says_so(visit: Visit) -> None:
    lesson = next(found for found in library.lessons() if found.id == "when-to-stop")
    train_all(lesson)
    at = visit("learn", lesson=lesson.id, step="stop", dataset="digits")
    assert "stopped after" not in words(at)
    store, recipe = singletons.store(), lesson.recipe("stop", "digits")
    run = store.create(recipe, ME)
    for n, loss in enumerate((0.9, 0.7, 0.6, 0.5, 0.6, 0.6, 0.6), 1):
        store.append(run.id, EpochEnd(n, n * 18, 0.5, 0.9, loss, 0.8, 1.5, 0.001, 0.0))
    ended = Evaluated(0.6, 0.8, 0.4, 0.9, 7, 126, 6.0, 0.0, kept_epoch=4, stopped_early=True)
    store.append(run.id, ended)
    for name, content in (("model.keras", b"-"), ("summary.json", b"{}")):
        store.save(run.id, name, content)
    store.save(run.id, "weights.npz", arrays(recipe))
    store.finish(run.id)
    store.set_state(run.id, RunState.DONE)
    own = {key("stop", "digits"): run.id}
    singletons.progress().change(ME, lesson.id, lambda _p: replace(Progress("digits"), runs=own))
    at = visit("learn", lesson=lesson.id, step="stop", dataset="digits")
    assert "It stopped after epoch 7 of 40: for 3 epochs" in words(at)
    at.text_input(key="answer_when-to-stop_stop/epochs").input("7")
    at.button(key="check_answer_when-to-stop_stop/epochs").click().run()
    assert progress(lesson).answers["stop/epochs"].right is True
    figures = run_figures(store.open(run.id))
    assert (figures["best_epoch"], figures["kept_epoch"], figures["epochs"]) == (4, 4, 7)
