"""Sweep page: form, errors, a finished sweep's findings, and permissions."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote_plus

import pytest
from streamlit.testing.v1 import AppTest

from model_store.classroom.limits import Limits
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Recipe
from model_store.storage.sweep_store import Sweep, SweepState, SweepStore, Trial, TrialState
from pages.ui.components.sweep_parts import PER_PAGE
from pages.ui.services import live_sweep, singletons
from pages.ui.sweep.findings_view import clicked_runs, trials_csv
from tests.support.components import basic_fields, component_data
from training.sweeps.findings import compare_trials
from training.sweeps.plan import Plan
from training.sweeps.presets import QUESTIONS
from training.sweeps.search_space import Range, Values

Visit = Callable[..., AppTest]
BASE = PRESETS["digits-quick"].recipe
SPACE = (("optimizer", Values(("adam", "sgd"))), ("seed", Values((0, 1, 2))))


def errors(at: AppTest) -> str:
    return " ".join(e.value for e in at.error).replace("\\", "")


def said(at: AppTest) -> str:
    texts = [each.value for kind in ("markdown", "caption", "info") for each in at.get(kind)]
    return " ".join(texts).replace("\\", "")


def started() -> Plan:
    (sweep,) = singletons.sweeps().newest(99)
    return Plan.from_dict(sweep.plan)


@pytest.mark.parametrize("ask", QUESTIONS)
def test_a_question_is_a_plan_at_once(visit: Visit, ask: str) -> None:
    at = visit("sweep", ask=ask)
    assert errors(at) == ""
    at.button(key="start").click().run()
    assert not at.exception
    plan = started()
    assert plan.space == QUESTIONS[ask].space
    assert (plan.base.hash, plan.method, plan.pruning) == (BASE.hash, "grid", "none")
    assert "sweep" in at.query_params and "ask" not in at.query_params


def test_ones_own_choice_reaches_the_plan(visit: Visit) -> None:
    softmax = PRESETS["digits-softmax"].recipe
    at = visit("sweep", ask="own", recipe="digits-softmax")
    at.multiselect(key="sweep_own_space").set_value(["learning_rate", "optimizer"]).run()
    at.segmented_control(key="sweep_own_learning_rate_kind").set_value("range").run()
    at.number_input(key="sweep_own_learning_rate_low").set_value(0.01).run()
    at.number_input(key="sweep_own_learning_rate_high").set_value(0.5).run()
    at.multiselect(key="sweep_own_optimizer_names").set_value(["sgd", "adam"]).run()
    at.segmented_control(key="sweep_own_method").set_value("bayes").run()
    at.segmented_control(key="sweep_own_pruning").set_value("median").run()
    at.number_input(key="sweep_own_trials").set_value(7).run()
    at.number_input(key="sweep_own_budget").set_value(1.5).run()
    at.number_input(key=f"sweep_{softmax.hash}_epochs").set_value(3).run()
    assert errors(at) == ""
    at.button(key="start").click().run()
    plan = started()
    assert plan.space == (
        ("learning_rate", Range(0.01, 0.5, log=True)),
        ("optimizer", Values(("sgd", "adam"))),
    )
    assert (plan.method, plan.pruning, plan.trials, plan.budget) == ("bayes", "median", 7, 90.0)
    assert plan.base.hash == softmax.with_(epochs=3).hash


def test_a_recipe_link_is_what_the_sweep_starts_from(visit: Visit) -> None:
    recipe = BASE.with_(name="", batch_size=8, seed=42)
    at = visit("sweep", recipe=recipe.to_link())
    at.button(key="start").click().run()
    assert started().base.hash == recipe.hash


@pytest.mark.parametrize("params", [{"recipe": "nonsense{"}, {"recipe": '{"epochs": -1}'}])
def test_a_nonsense_link_is_a_sentence_over_a_working_form(
    visit: Visit, params: dict[str, str]
) -> None:
    at = visit("sweep", **params)
    assert "cannot be used" in errors(at)
    assert at.button(key="start")


@pytest.mark.parametrize("sweep", ["../../etc", "x", "20260101-000000-abcdef", "a" * 999])
def test_an_unknown_sweep_is_a_sentence(visit: Visit, sweep: str) -> None:
    assert "There is no sweep" in errors(visit("sweep", sweep=sweep))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (" , ;", "at least one value"),
        ("0.1, cats", "must be a number"),
        ("9" * 390, "must be a number"),
    ],
)
def test_a_list_that_cannot_be_tried_says_why(visit: Visit, values: str, sentence: str) -> None:
    at = visit("sweep", ask="learning-rate")
    at.text_input(key="sweep_learning-rate_learning_rate_values").set_value(values).run()
    assert not at.exception
    assert sentence in errors(at)
    assert at.button(key="start_off").disabled


def test_a_value_that_is_written_twice_is_tried_once(visit: Visit) -> None:
    at = visit("sweep", ask="learning-rate")
    written = at.text_input(key="sweep_learning-rate_learning_rate_values")
    written.set_value("0.1 0.10, 1e-1; " * 20).run()
    assert "**2 trials**" in said(at), "one value, two seeds"


def test_a_range_and_a_budget_that_cannot_be_tried_say_why(visit: Visit) -> None:
    at = visit("sweep", ask="learning-rate")
    at.segmented_control(key="sweep_learning-rate_learning_rate_kind").set_value("range").run()
    at.number_input(key="sweep_learning-rate_learning_rate_low").set_value(0.1)
    at.number_input(key="sweep_learning-rate_learning_rate_high").set_value(0.001)
    at.number_input(key="sweep_learning-rate_budget").set_value(0.0).run()
    assert "below the highest" in errors(at)
    assert "more than nothing" in errors(at)
    assert at.button(key="start_off").disabled


def test_limits_show_below_the_epochs(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(singletons.engine(), "limits", lambda: Limits(epochs=10))
    assert "10 epochs" in errors(visit("sweep"))


def test_nothing_varies_is_a_sentence(visit: Visit) -> None:
    at = visit("sweep", ask="own")
    at.multiselect(key="sweep_own_space").set_value([]).run()
    assert "Nothing varies yet" in errors(at)


def test_data_that_are_not_here_offer_a_way_on(visit: Visit) -> None:
    at = visit("sweep", recipe="mnist-mlp-128")
    assert "is not on this machine yet" in errors(at)
    assert not [button for button in at.button if button.key == "start"]


# -- a finished sweep --------------------------------------------------------------------------


def finished(plan: Plan, owner: str = "ann", state: SweepState = SweepState.DONE) -> Sweep:
    """Store a sweep whose trials have plausible results."""
    records = SweepStore(singletons.store().database)
    sweep = records.create(plan.to_dict(), owner, "")
    trials = []
    for number, point in enumerate(plan.points):
        recipe = plan.recipe(point)
        value = 0.9 - 0.05 * abs(number - 3) + 0.001 * (number % 2)
        trials.append(
            Trial(
                number,
                point,
                recipe.hash,
                f"20260101-000000-trial-{number:06d}",
                TrialState.COMPLETE,
                curve=(0.1, value / 2, value),
                value=value,
                test=value - 0.01,
                seconds=1.0 + number,
                parameters=recipe.parameters,
            )
        )
    return records.save(replace(sweep, state=state, trials=tuple(trials)))


def at_work(plan: Plan) -> Sweep:
    """Store a sweep of which two trials are done and one trains."""
    done = finished(plan)
    trials = (*done.trials[:2], Trial(2, plan.points[2], curve=(0.3, 0.4)))
    records = SweepStore(singletons.store().database)
    return records.save(replace(done, state=SweepState.RUNNING, trials=trials, spent=10.0))


def test_a_finished_sweep_says_what_was_found(visit: Visit) -> None:
    plan = Plan(BASE, QUESTIONS["learning-rate"].space, name="What?")
    at = visit("sweep", sweep=finished(plan).id)
    assert errors(at) == ""
    assert "of validation and" in said(at)
    assert "functional ANOVA" in said(at)
    assert "the same number of parameters: 50,890" in said(at)
    heads = [each.value for each in at.header]
    assert heads[:5] == [
        *("What was found", "What each setting does", "What accuracy costs"),
        *("All settings at once", "What mattered most"),
    ]
    assert not [button for button in at.button if button.key in ("stop_sweep", "resume_sweep")]


def test_one_setting_has_no_importance_and_says_so(visit: Visit) -> None:
    plan = Plan(BASE, (("learning_rate", Values((0.001, 0.01, 0.1))),))
    assert "at least two settings" in said(visit("sweep", sweep=finished(plan).id))


def test_only_the_owner_may_let_a_stopped_sweep_go_on(visit: Visit) -> None:
    plan = Plan(BASE, (("seed", Values((0, 1, 2))),))
    theirs = finished(plan, "somebody", SweepState.STOPPED)
    at = visit("sweep", sweep=theirs.id)
    assert not [button for button in at.button if button.key == "resume_sweep"]


def test_a_plan_that_cannot_be_read_is_a_sentence(visit: Visit) -> None:
    plan = Plan(BASE, (("seed", Values((0, 1, 2))),))
    records = SweepStore(singletons.store().database)
    broken = records.create({**plan.to_dict(), "method": "magic", "name": "x"}, "ann", "")
    records.save(replace(broken, state=SweepState.DONE))
    assert "cannot be read" in errors(visit("sweep", sweep=broken.id))
    (recent,) = component_data(visit("sweep"), "recent_links")
    assert [(link[0], link[1], link[3]) for link in recent["links"]] == [
        (broken.id, "done", "x (0 trials)")
    ]


def test_a_sweep_of_one_setting_of_a_user_is_escaped(visit: Visit) -> None:
    base = Recipe(dataset="digits", epochs=1)
    plan = Plan(base, (("seed", Values((0, 1))),), name="<b>*bold*</b> $x$ [a](b)")
    at = visit("sweep", sweep=finished(plan).id)
    assert any(r"\<b\>\*bold\*" in each.value for each in at.markdown)


def test_only_its_owner_may_delete_a_sweep(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = finished(Plan(BASE, (("seed", Values((0, 1))),)))
    at = visit("sweep", sweep=sweep.id)
    assert not [button for button in at.button if button.key == "delete_sweep"]
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: "ann")
    at.run()
    at.button(key="delete_sweep").click().run()
    assert not at.exception
    assert singletons.sweeps().newest(99) == []
    assert "sweep" not in at.query_params


def test_a_stopped_sweep_goes_on_at_its_owners_word(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = finished(Plan(BASE, (("seed", Values((0, 1))),)), state=SweepState.STOPPED)
    at = visit("sweep", sweep=sweep.id)
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: "ann")
    at.run()
    at.button(key="resume_sweep").click().run()
    assert not at.exception
    assert singletons.sweeps().open(sweep.id).state is SweepState.RUNNING
    at.button(key="stop_sweep").click().run()
    assert not at.exception


def test_a_sweep_at_work_gives_the_browser_what_does_not_change(visit: Visit) -> None:
    sweep = at_work(Plan(BASE, SPACE, pruning="median", budget=90.0))
    at = visit("sweep", sweep=sweep.id)
    assert errors(at) == ""
    assert "another person's sweep" in said(at)
    (progress,) = component_data(at, "sweep_progress")
    assert (progress["size"], progress["budget"], progress["live"]) == (6, 90.0, True)
    assert list(progress["figures"]) == ["best", "trials", "pruned", "time", "left"]
    assert progress["labels"]["settings"] == {"optimizer": "optimizer", "seed": "seed"}
    assert progress["labels"]["choices"]["optimizer"]["adam"] == "Adam"
    (cards,) = component_data(at, "trial_cards")
    assert (cards["from"], cards["count"]) == (0, PER_PAGE)
    assert cards["words"]["states"].keys() == set(TrialState)
    (curves,) = component_data(at, "trial_curves")
    assert curves["axes"]["x"]["range"] == [0.8, BASE.epochs + 0.2]


def test_the_script_runs_again_when_the_state_changes_alone(visit: Visit) -> None:
    sweep = at_work(Plan(BASE, SPACE))
    at = visit("sweep", sweep=sweep.id)
    seen = component_data(at, "live_refresh")[0]["seen"]
    topic = f"sweep:{sweep.id}"
    assert seen == {topic: live_sweep.sweep_value(sweep)["version"]}
    trials = (*sweep.trials, Trial(3, {"optimizer": "sgd", "seed": 1}))
    grown = replace(sweep, trials=trials, spent=sweep.spent + 9)
    assert seen == {topic: live_sweep.sweep_value(grown)["version"]}
    ended = replace(grown, state=SweepState.DONE)
    assert seen != {topic: live_sweep.sweep_value(ended)["version"]}


def test_many_finished_trials_have_pages(visit: Visit) -> None:
    sweep = finished(Plan(BASE, (("seed", Values(tuple(range(50)))),)))
    for page, first in (("1", 0), ("3", 48), ("99", 48), ("x", 0)):
        (cards,) = component_data(visit("sweep", sweep=sweep.id, page=page), "trial_cards")
        assert (cards["from"], cards["live"]) == (first, False)


def test_a_recipe_leads_to_its_sweep_and_a_trial_back(visit: Visit) -> None:
    address, _icon, label = basic_fields(visit("train", recipe="digits-softmax"))["vary"]
    page, recipe = address.split("?recipe=")
    assert (page, label) == ("./sweep", "Vary it in a sweep")
    assert Recipe.from_link(unquote_plus(recipe)) == PRESETS["digits-softmax"].recipe
    plan = Plan(BASE, (("seed", Values((0, 1))),))
    sweep = finished(plan)
    run = singletons.store().create(plan.recipe(plan.points[0]), "ann", sweep=sweep.id)
    links = {link.proto.label: link.proto for link in visit("train", run=run.id).get("page_link")}
    assert (
        links["A trial of a sweep: see the result of the sweep"].query_string == f"sweep={sweep.id}"
    )


def test_a_point_of_the_costs_leads_to_its_runs() -> None:
    plan = Plan(BASE, (("units", Values((8, 16))), ("seed", Values((0, 1)))))
    done = finished(plan)
    found = compare_trials(plan, done.trials)
    for group in found.groups:
        runs = clicked_runs(found, "parameters", [group.parameters, group.accuracy])
        assert runs == [trial.run for trial in group.trials]
        assert len(runs) == 2
    best = found.groups[0]
    for hostile in (None, "", [], [best.parameters], [best.accuracy, best.parameters], {"x": 1}):
        assert clicked_runs(found, "parameters", hostile) == []


def test_the_csv_has_a_line_for_each_trial() -> None:
    trials = (
        Trial(0, {"units": 8, "optimizer": "adam"}, "h", "run-1", TrialState.COMPLETE, value=0.5),
        Trial(1, {"units": 16, "optimizer": "sgd"}, state=TrialState.FAILED),
    )
    lines = trials_csv(Sweep("id", "ann", {}, trials=trials)).splitlines()
    assert lines[0] == (
        "trial,state,units,optimizer,validation_accuracy,test_accuracy,seconds,parameters,epochs,run"
    )
    assert lines[1:] == ["1,complete,8,adam,0.5,,,,0,run-1", "2,failed,16,sgd,,,,,0,"]
