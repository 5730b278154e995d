"""Train page: form, errors, and the view of a run."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from model_store import RunState
from model_store.analysis.setting_names import recipe_line
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Hidden, Recipe
from model_store.recipe.spoil import Spoil
from model_store.runs.events import Started
from pages.ui.frame.navigation import PAGES
from pages.ui.services import singletons
from pages.ui.state import visitor
from tests.support.components import (
    basic_fields,
    change_fields,
    component_data,
    press_start,
    send_event,
)
from tests.support.finished_runs import all_runs, finished_run
from tests.support.session import is_kept, keep
from training.engine.attempt import Phase
from training.engine.engine import Engine
from training.loop.control import Action, Command

Visit = Callable[..., AppTest]


def errors(at: AppTest) -> str:
    return " ".join(e.value for e in at.error)


def words(at: AppTest) -> str:
    return " ".join(e.value for e in (*at.markdown, *at.caption)).replace("\\", "")


def test_the_form_starts_a_run_with_its_recipe(visit: Visit) -> None:
    at = visit("train", recipe="digits-softmax")
    press_start(at)
    assert not at.exception
    (run,) = [r for r in all_runs(singletons.store()) if not r.shipped]
    assert run.recipe.hash == PRESETS["digits-softmax"].recipe.hash
    assert run.state is RunState.QUEUED
    assert at.query_params["run"] == [run.id] or at.query_params["run"] == run.id


@pytest.mark.parametrize("name", PRESETS)
def test_the_form_keeps_every_setting_of_a_recipe(
    visit: Visit, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.data.datasets.available", lambda _name: True)
    at = visit("train", recipe=name)
    press_start(at)
    (run,) = [r for r in all_runs(singletons.store()) if not r.shipped]
    assert run.recipe == PRESETS[name].recipe


def test_the_chart_of_a_prediction_is_explained_to_beginners_alone() -> None:
    def note(explains: bool) -> str:
        at = AppTest.from_file(str(PAGES / "train.py"), default_timeout=20)
        keep(at, "lab_display_explain", explains)
        (data,) = component_data(at.run(), "prediction")
        assert data["words"]["title"] == "Predict the accuracy, then start"
        return str(data["words"]["note"])

    assert note(True).startswith("Optional.") and note(False) == ""


def test_what_is_spoiled_stays_in_the_form_and_is_said_on_the_runs_page(visit: Visit) -> None:
    recipe = Recipe(dataset="digits", hidden=(), spoil=Spoil(0.3, 4, 9, rare_class=0, noise=0.2))
    at = visit("train", recipe=recipe.to_link())
    send_event(at, "basic_fields", "opened", "yes")
    kept = next(field for field in at.number_input if field.label == "Part of it that is kept")
    kept.set_value(0.25).run()
    next(box for box in at.selectbox if box.label == "become").set_value("4").run()
    assert "A wrong label must be another class." in errors(at)
    next(box for box in at.selectbox if box.label == "become").set_value("").run()
    assert "At most 1,437 images" in words(at)
    send_event(at, "basic_fields", "opened", "no")
    press_start(at)
    (run,) = [r for r in all_runs(singletons.store()) if not r.shipped]
    assert run.recipe.spoil == Spoil(0.3, 4, None, 0, 0.25, 0.2)
    said = words(visit("train", run=run.id))
    assert "30 % of the images of 4 have a wrong label. Only 25.0 % of the images of 0" in said


def test_batch_normalisation_is_a_switch_of_each_layer_that_stays(visit: Visit) -> None:
    recipe = Recipe(dataset="digits", hidden=(Hidden(8, batch_norm=True), Hidden(4)))
    at = visit("train", recipe=recipe.to_link())
    send_event(at, "basic_fields", "opened", "yes")
    assert "64 of them" not in words(at) and "two that are learned" in words(at)
    first, second = (t for t in at.toggle if t.label.startswith("Batch normalisation"))
    assert (first.value, second.value) == (True, False)
    assert "mean 0 and spread 1" in first.help
    first.set_value(False).run()
    second.set_value(True).run()
    send_event(at, "basic_fields", "opened", "no")
    press_start(at)
    assert not at.exception
    (run,) = [r for r in all_runs(singletons.store()) if not r.shipped]
    assert run.recipe.hidden == (Hidden(8), Hidden(4, batch_norm=True))
    assert "batch normalisation" in recipe_line(run)


def test_what_was_cancelled_in_the_queue_or_ended_early_goes_on_from_its_page(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "visitor_id", lambda: "me")
    at = visit("train", recipe="digits-softmax")
    press_start(at)
    (run,) = [r for r in all_runs(singletons.store()) if not r.shipped]
    at.run().button(key=f"stop_{run.id}").click().run()
    assert singletons.store().open(run.id).state is RunState.CANCELLED
    at.run()
    assert at.button(key="again").label == "Queue it again"
    at.button(key="again").click().run()
    assert not at.exception
    assert singletons.store().open(run.id).state is RunState.QUEUED
    assert singletons.engine().position(run.id) == 0

    singletons.engine().command(run.id, Command(Action.STOP))
    singletons.store().append(run.id, Started(1_700_000_000.0, 40, 5))
    singletons.store().set_state(run.id, RunState.INTERRUPTED)
    assert at.run().button(key="again").label == "Resume from the last checkpoint"


def test_layers_are_added_and_removed(visit: Visit) -> None:
    at = visit("train", recipe="digits-softmax")
    assert basic_fields(at)["layers"] == []
    change_fields(at, layers=[[0, 128], [1, 32]])
    assert basic_fields(at)["size"] == "784-128-32-10: 104,938 parameters"
    change_fields(at, layers=[[1, 32]])
    assert basic_fields(at)["size"] == "784-32-10: 25,450 parameters"
    press_start(at)
    (run,) = [r for r in all_runs(singletons.store()) if not r.shipped]
    assert run.recipe.hidden == (Hidden(32),)


def test_a_value_out_of_bounds_is_explained_below_its_field_and_stays(visit: Visit) -> None:
    at = visit("train", recipe="digits-quick")
    change_fields(at, layers=[[0, 5000]], learning_rate=None, epochs=2.5)
    problems = basic_fields(at)["problems"]
    assert problems["hidden.0.units"] == "Units must be a whole number from 1 to 4,096."
    assert "must be a number" in problems["learning_rate"]
    assert "must be a whole number" in problems["epochs"]
    assert basic_fields(at)["start"] == "off" and not at.error
    assert (basic_fields(at)["layers"], basic_fields(at)["epochs"]) == ([[0, 5000]], 2.5)


def test_each_optimizer_keeps_a_learning_rate_of_its_own(visit: Visit) -> None:
    at = visit("train", recipe="digits-quick")
    first = basic_fields(at)["learning_rate"]
    change_fields(at, learning_rate=0.25)
    send_event(at, "basic_fields", "opened", "yes")
    assert basic_fields(at)["learning_rate"] == 0.25
    optimizer = next(box for box in at.selectbox if box.label == "Optimizer")
    optimizer.set_value("rmsprop").run()
    assert (basic_fields(at)["optimizer"], basic_fields(at)["learning_rate"]) == ("rmsprop", first)
    change_fields(at, learning_rate=0.5)
    next(box for box in at.selectbox if box.label == "Optimizer").set_value("adam").run()
    assert basic_fields(at)["learning_rate"] == 0.25


def test_another_recipe_begins_the_fields_anew_and_what_was_told_for_the_old_one_is_late(
    visit: Visit,
) -> None:
    at = visit("train", recipe="digits-quick")
    late = basic_fields(at)
    change_fields(at, epochs=7)
    at.query_params["recipe"] = "digits-softmax"
    at.run()
    assert (basic_fields(at)["layers"], basic_fields(at)["form"][0]) == ([], "digits-softmax")
    before = basic_fields(at)["epochs"]
    send_event(at, "basic_fields", "changed", {**late, "epochs": 99})
    assert basic_fields(at)["epochs"] == before


def test_a_chosen_recipe_comes_into_the_address_and_begins_the_fields_anew(visit: Visit) -> None:
    at = visit("train")
    names = [name for name, _title in basic_fields(at)["recipes"]]
    assert names == list(PRESETS)
    change_fields(at, epochs=7)
    send_event(at, "basic_fields", "recipe", "digits-softmax")
    assert at.query_params["recipe"] in ("digits-softmax", ["digits-softmax"])
    assert (basic_fields(at)["form"][0], basic_fields(at)["layers"]) == ("digits-softmax", [])
    assert basic_fields(at)["epochs"] == PRESETS["digits-softmax"].recipe.epochs


@pytest.mark.parametrize("value", ["no such recipe", "[" * 5000, "", None, 7, ["digits-quick"]])
def test_a_recipe_that_nobody_offers_leaves_a_working_form(visit: Visit, value: object) -> None:
    at = visit("train", recipe="digits-quick")
    send_event(at, "basic_fields", "recipe", value)
    assert basic_fields(at)["start"] == "on"
    assert basic_fields(at)["form"][0] == "digits-quick"


def test_another_data_set_is_one_that_is_offered(visit: Visit) -> None:
    at = visit("train", recipe="digits-quick")
    for hostile in ("cats", "", None, 7, ["mnist"], {"a": 1}, "own-somebody-elses"):
        change_fields(at, dataset=hostile)
        assert (basic_fields(at)["dataset"], basic_fields(at)["start"]) == ("digits", "on")
    change_fields(at, dataset="mnist")
    assert basic_fields(at)["dataset"] == "mnist"
    assert basic_fields(at)["start"] == "", "it is not on this computer"
    assert "is not on this machine yet" in errors(at)


def test_start_trains_with_the_fields_that_come_with_it(visit: Visit) -> None:
    at = visit("train", recipe="digits-quick")
    send_event(at, "basic_fields", "start", {**basic_fields(at), "layers": [[0, 7]], "epochs": 2})
    (run,) = [r for r in all_runs(singletons.store()) if not r.shipped]
    assert (run.recipe.network, run.recipe.epochs, run.recipe.name) == ("784-7-10", 2, "")


def test_a_start_is_forgotten_when_one_leaves_before_it_was_heard() -> None:
    at = AppTest.from_file(str(PAGES / "ui" / "frame" / "shell.py"), default_timeout=20)
    keep(at, "lab_start", True)  # the next click ended the script run that should have started it
    at.run()
    assert not at.exception
    assert not is_kept(at, "lab_start")


@pytest.mark.parametrize(
    "changes", [None, {"epochs": 0}, {"layers": [[0, -3]]}, {"layers": 3}, {"form": ["old", 1]}]
)
def test_start_with_values_that_cannot_be_trained_starts_nothing(
    visit: Visit, changes: dict[str, object] | None
) -> None:
    at = visit("train", recipe="digits-quick")
    sent = None if changes is None else {**basic_fields(at), **changes}
    send_event(at, "basic_fields", "start", sent)
    assert "run" not in at.query_params
    change_fields(at, layers=[[0, 8]], epochs=1)
    assert not [r for r in all_runs(singletons.store()) if not r.shipped], "it is not kept"


@pytest.mark.parametrize(
    "layers",
    [
        *("64", None, {}, [[0]], [0], [["0", 64]], [[True, 64]], [[-1, 64]], [[10**9, 64]]),
        *([[0, 64], [0, 32]], [[n, 8] for n in range(99)]),
    ],
)
def test_hostile_layers_change_nothing(visit: Visit, layers: object) -> None:
    at = visit("train", recipe="digits-quick")
    before = basic_fields(at)
    change_fields(at, layers=layers, epochs=3)
    assert basic_fields(at) == before


@pytest.mark.parametrize(
    "value", ["7", True, [7], {"n": 7}, "<b>", float("nan"), float("-inf"), 10**400]
)
def test_what_is_no_number_is_an_empty_field(visit: Visit, value: object) -> None:
    at = visit("train", recipe="digits-quick")
    change_fields(at, epochs=value, learning_rate=value, layers=[[0, value]])
    assert (basic_fields(at)["epochs"], basic_fields(at)["layers"]) == (None, [[0, None]])
    assert {"epochs", "learning_rate", "hidden.0.units"} == set(basic_fields(at)["problems"])


@pytest.mark.parametrize("optimizer", [None, "", "none", [], {}, 1])
def test_a_rate_of_no_optimizer_is_not_stored(visit: Visit, optimizer: object) -> None:
    at = visit("train", recipe="digits-quick")
    before = basic_fields(at)
    change_fields(at, optimizer=optimizer, learning_rate=0.5, epochs=4)
    assert (basic_fields(at)["learning_rate"], basic_fields(at)["epochs"]) == (
        before["learning_rate"],
        4,
    )


def test_an_impossible_combination_says_why_and_cannot_start(visit: Visit) -> None:
    at = visit("train", recipe="digits-quick")
    send_event(at, "basic_fields", "opened", "yes")
    labels = next(box for box in at.selectbox if box.label == "Labels")
    labels.set_value("one_hot").run()
    assert "needs integers labels" in errors(at)
    assert basic_fields(at)["start"] == "off"


def test_a_beginner_sees_eight_controls_and_both_get_the_same_recipe(visit: Visit) -> None:
    at = visit("train", recipe="digits-quick")

    def controls() -> int:
        return sum(len(at.get(kind)) for kind in ("selectbox", "number_input", "multiselect"))

    assert controls() == 0, "beside the first fields"
    assert len(basic_fields(at)["layers"]) == 1
    send_event(at, "basic_fields", "opened", "yes")
    assert controls() > 17
    batch = next(field for field in at.number_input if field.label == "Batch size")
    batch.set_value(7).run()
    activation = next(box for box in at.selectbox if box.label.startswith("Activation"))
    activation.set_value("tanh").run()
    send_event(at, "basic_fields", "opened", "no")
    assert controls() == 0
    press_start(at)
    (run,) = [r for r in all_runs(singletons.store()) if not r.shipped]
    assert run.recipe.batch_size == 7, "what was set stays when the settings are closed"
    assert run.recipe.hidden[0].activation == "tanh"


def test_a_run_lends_the_form_its_recipe_and_the_next_one_is_drawn_over_it(visit: Visit) -> None:
    recipe = Recipe(dataset="digits", hidden=(), batch_size=8, epochs=7, seed=42)
    run = finished_run(singletons.store(), recipe, "ann")
    at = visit("train", run=run.id)
    assert not any(curve["ghost"] for curve in component_data(at, "run_curve"))
    press_start(at)
    assert not at.exception
    (new,) = [r for r in all_runs(singletons.store()) if not r.shipped and r.id != run.id]
    assert new.recipe.hash == recipe.hash
    drawn = component_data(at.run(), "run_curve")
    assert [(curve["run"], curve["ghost"]) for curve in drawn] == 2 * [(new.id, run.id)]


@pytest.mark.parametrize(
    "link", ["nonsense", "{}{}", '{"dataset": "cats"}', '{"hidden": 3}', "[" * 5000]
)
def test_a_nonsense_recipe_link_is_a_sentence_over_a_working_form(visit: Visit, link: str) -> None:
    at = visit("train", recipe=link)
    assert "cannot be used" in errors(at)
    assert basic_fields(at)["start"] == "on"


def test_a_recipe_link_fills_the_form(visit: Visit) -> None:
    recipe = Recipe(dataset="digits", hidden=(), batch_size=8, epochs=7, seed=42)
    at = visit("train", recipe=recipe.to_link())
    press_start(at)
    (run,) = [r for r in all_runs(singletons.store()) if not r.shipped]
    assert run.recipe.hash == recipe.hash


@pytest.mark.parametrize(
    ("phase", "word"), [(Phase.STOPPING, "stopping"), (Phase.PAUSED, "paused")]
)
def test_a_command_shows_before_the_worker_has_obeyed(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, phase: Phase, word: str
) -> None:
    run = singletons.store().create(PRESETS["digits-quick"].recipe)
    singletons.store().set_state(run.id, RunState.RUNNING)
    assert "-badge[training]" in words(visit("train", run=run.id))
    monkeypatch.setattr(Engine, "phase", lambda _engine, _run_id: phase)
    assert f"-badge[{word}]" in words(visit("train", run=run.id))


@pytest.mark.parametrize(
    ("name", "source", "printed"),
    [
        ("tf-basic-classification", "Neural networks: basic classification", "0.8713"),
        ("fashion-mlp-5", "Softmax regression with Keras (Fashion-MNIST)", "0.8956"),
    ],
)
@pytest.mark.parametrize(("accuracy", "verdict"), [(0.874, "Reproduced"), (0.88, "Not reproduced")])
def test_published_figures_are_those_of_the_runs_own_recipe(
    visit: Visit, name: str, source: str, printed: str, accuracy: float, verdict: str
) -> None:
    run = finished_run(singletons.store(), PRESETS[name].recipe, "ann", validation=(0.8, accuracy))
    at = visit("train", run=run.id)
    assert source in words(at)
    assert at.table[0].value.iloc[0, 1] == printed
    assert f"{verdict}: the test accuracy" in words(at)
    assert "widened by 0.5 percentage points" in words(at)


def test_recent_runs_have_distinct_titles_and_trials_stay_with_their_sweep(visit: Visit) -> None:
    store = singletons.store()
    for seed in (1, 2):
        store.create(Recipe(dataset="digits", seed=seed), f"owner-{seed}")
    store.create(Recipe(dataset="digits", seed=3), "owner-3", sweep="20260101-000000-abcdef")
    at = visit("train")
    (recent,) = component_data(at, "recent_links")
    (first, state, _colour, title), (second, *_state, older) = recent["links"]
    assert "seed 2 · visitor" in title and "seed 1 · visitor" in older
    assert state == "waiting"
    send_event(at, "recent_links", "opened", second)
    assert at.query_params["run"] in (second, [second])
    (others,) = component_data(at, "recent_links")
    assert [link[0] for link in others["links"]] == [first], "the run itself is not among them"
    send_event(at, "recent_links", "opened", "../../etc")
    assert at.query_params["run"] in (second, [second])


def test_schedule_and_stopping_are_chosen_behind_all_settings(visit: Visit) -> None:
    at = visit("train", recipe="digits-quick")
    send_event(at, "basic_fields", "opened", "yes")

    def labels() -> set[str]:
        return {field.label for field in at.number_input}

    def choose(label: str, value: str) -> None:
        next(box for box in at.selectbox if box.label == label).set_value(value).run()
        assert not at.exception

    def enter(label: str, value: float) -> None:
        next(field for field in at.number_input if field.label == label).set_value(value).run()
        assert not at.exception

    assert "Factor" not in labels() and "Smallest improvement" not in labels()
    choose("Learning rate schedule", "cosine")
    assert "Lowest learning rate (part)" in labels() and "Factor" not in labels()
    choose("Learning rate schedule", "plateau")
    assert {"Factor", "Epochs for the factor", "Lowest learning rate (part)"} <= labels()
    enter("Factor", 0.25)
    enter("Patience (epochs)", 2)
    choose("Validation", "none")
    assert "no validation loss" in errors(at)
    assert basic_fields(at)["start"] == "off"
    choose("Watched figure", "loss")
    assert errors(at) == ""
    press_start(at)
    (run,) = [r for r in all_runs(singletons.store()) if not r.shipped]
    recipe = run.recipe
    assert (recipe.schedule, recipe.decay, recipe.patience) == ("plateau", 0.25, 2)
    assert (recipe.watch, recipe.kept_weights) == ("loss", "best")
