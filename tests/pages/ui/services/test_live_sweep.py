"""Topic of a sweep: what a browser is told of it and of its trials."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from model_store.classroom.limits import Limits
from model_store.recipe.recipe import Hidden, Recipe
from model_store.storage.sweep_store import Sweep, SweepState, SweepStore, Trial, TrialState
from pages.ui.server.live.messages import MAX_CHARACTERS, is_name
from pages.ui.server.live.parts_topic import PartsTopic
from pages.ui.services import live_sweep, live_topics, singletons
from training.sweeps.plan import Plan
from training.sweeps.search_space import Values

PLAN = Plan(
    Recipe(dataset="digits", hidden=(Hidden(16),), epochs=40),
    (
        ("learning_rate", Values((0.00001, 0.001, 0.1, 1.0))),
        ("seed", Values(tuple(range(1000, 1050)))),
    ),
)


def trial(number: int, epochs: int = 0, **changes: Any) -> Trial:
    curve = tuple((1 + number + epoch) / 300 for epoch in range(epochs))
    made = Trial(number, PLAN.points[number], "hash", f"run-{number}", curve=curve)
    return replace(made, **changes)


def at_work(*trials: Trial, **changes: Any) -> Sweep:
    """Store a sweep."""
    records = SweepStore(singletons.store().database)
    sweep = records.create(PLAN.to_dict(), "ann", "a secret lease")
    return records.save(replace(sweep, trials=trials, **changes))


def opened(sweep: Sweep) -> PartsTopic[Trial]:
    topic = live_topics.KINDS["sweep"](sweep.id)
    assert isinstance(topic, PartsTopic) and topic.look()
    return topic


def read(topic: PartsTopic[Trial], number: int = 0) -> Any:
    return json.loads(f"{{{topic.since(number)}}}")


def numbers(message: Any) -> Sequence[int]:
    return [part["number"] for part in message["parts"]]


def save(sweep: Sweep, **changes: Any) -> Sweep:
    return SweepStore(singletons.store().database).save(replace(sweep, **changes))


def test_a_trial_is_sent_when_it_has_changed() -> None:
    sweep = at_work(trial(0, 3), trial(1))
    topic = opened(sweep)
    assert numbers(read(topic)) == [0, 1] and not topic.look()
    before = topic.number
    done = trial(0, 4, state=TrialState.COMPLETE, value=0.5)
    sweep = save(sweep, trials=(done, trial(1), trial(2)), spent=7.04)
    assert topic.look()
    message = read(topic, before)
    assert (message["snapshot"], numbers(message)) == (False, [0, 2])
    assert message["value"] == {"version": ["running", False], "spent": 7.0, "best": 0}
    assert message["parts"][0] == {
        "number": 0,
        "state": "complete",
        "run": "run-0",
        "message": {"en": "", "zh": ""},
        "point": [["learning_rate", "1e-05"], ["seed", "1,000"]],
        "value": 0.5,
        "curve": [[1, 0.0033], [2, 0.0067], [3, 0.01], [4, 0.0133]],
    }


def test_a_long_sweep_sends_little_at_each_look() -> None:
    trials = [trial(number, 40) for number in range(200)]
    sweep = at_work(*trials)
    topic = opened(sweep)
    assert len(topic.since(0)) < 130_000
    before = topic.number
    trials[77] = trial(77, 41)
    save(sweep, trials=tuple(trials))
    assert topic.look() and len(topic.since(before)) < 1_000


def test_the_best_trial_is_a_complete_one_and_the_first_of_equals() -> None:
    complete = [trial(n, 2, state=TrialState.COMPLETE, value=0.7) for n in (1, 2)]
    pruned = trial(0, 2, state=TrialState.PRUNED, value=0.9)
    assert live_sweep.sweep_value(at_work(pruned, *complete))["best"] == 1
    assert live_sweep.sweep_value(at_work(pruned))["best"] is None


def test_the_version_changes_with_the_state_and_while_all_are_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sweep = at_work(trial(0))
    version = live_sweep.sweep_value(sweep)["version"]
    assert live_sweep.sweep_value(replace(sweep, spent=5.0, trials=()))["version"] == version
    monkeypatch.setattr(singletons.engine(), "limits", lambda: Limits(held=True))
    singletons.engine().apply_limits()
    assert live_sweep.sweep_value(sweep)["version"] != version
    ended = replace(sweep, state=SweepState.DONE)
    assert live_sweep.sweep_value(ended)["version"] == ["done", False]


def test_a_sweep_that_is_deleted_is_said_to_be_gone() -> None:
    sweep = at_work(trial(0, 3))
    topic = opened(sweep)
    before = topic.number
    singletons.sweeps().delete(sweep.id)
    assert topic.look()
    assert read(topic, before) == {"snapshot": True, "value": None, "parts": []}
    assert live_topics.KINDS["sweep"](sweep.id) is None


@pytest.mark.parametrize(
    "sweep_id", ["", "x", "../../etc/passwd", "20260101-000000-abcdef", "'; drop table", "a" * 99]
)
def test_a_hostile_id_is_no_topic(sweep_id: str) -> None:
    assert live_topics.KINDS["sweep"](sweep_id) is None


def test_nothing_private_is_sent() -> None:
    text = opened(at_work(trial(0, 3))).since(0)
    assert "ann" not in text and "lease" not in text and "hash" not in text


def test_a_deleted_run_has_no_link_and_a_choice_keeps_its_name() -> None:
    gone = Trial(0, {"optimizer": "sgd"}, "h", "run", TrialState.GONE, message="<b>why</b>")
    value = live_sweep.trial_value(gone)
    assert (value["run"], value["point"]) == ("", [["optimizer", "sgd"]])
    assert value["message"]["en"] == "<b>why</b>", "text, which the browser does not read as HTML"


def test_what_json_has_no_number_for_is_left_out() -> None:
    value = live_sweep.trial_value(
        Trial(0, {}, curve=(0.1, math.nan, math.inf, 0.4), value=math.nan)
    )
    assert value["value"] is None
    assert value["curve"] == [(1, 0.1), (4, 0.4)]


@pytest.mark.parametrize("count", [1, 2, 39, 40, 41, 200])
def test_thinning_keeps_both_ends(count: int) -> None:
    curve = [i / 1000 for i in range(count)]
    kept = live_sweep.thinned(curve, 40)
    assert len(kept) == len(set(kept)) == min(count, 40)
    assert kept[0] == (1, 0.0) and kept[-1] == (count, curve[-1])


def test_the_name_of_a_topic_may_be_asked_for() -> None:
    name = f"sweep:{at_work().id}"
    assert is_name(name) and len(name) < MAX_CHARACTERS
