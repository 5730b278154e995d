"""Compare: the table, what differs, the notes, and who may change what."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from model_store import Run, RunState
from model_store.analysis.initial_weights import FIRST_CHECKPOINT
from model_store.analysis.recipe_diff import settings
from model_store.classroom.display_names import short_id
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.label import Label
from pages.ui.runs.run_marks import LETTERS
from pages.ui.services import model_cache, singletons
from tests.support.components import component_data
from tests.support.finished_runs import arrays, finished_run

Visit = Callable[..., AppTest]
BASE = Recipe("", "digits", (Hidden(8),), epochs=4, validation="test", seed=1)
ME = "me-and-nobody-else"


@pytest.fixture(autouse=True)
def visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: ME)


def trained(recipe: Recipe = BASE, owner: str = ME, **record: Any) -> Run:
    """A finished run in the pages' own store."""
    return finished_run(singletons.store(), recipe, owner, **record)


def table(at: AppTest) -> dict[str, Any]:
    (found,) = component_data(at, "run_table")
    return dict(found)


def shown(at: AppTest) -> list[str]:
    return [row["id"] for row in table(at)["rows"]]


def html(at: AppTest) -> str:
    return " ".join(element.proto.body for element in at.get("html"))


def words(at: AppTest) -> str:
    said = [*at.markdown, *at.caption, *at.error, *at.info]
    return " ".join(element.value for element in said).replace("\\", "")


def chosen(visit: Visit, *runs: Run, **params: str) -> AppTest:
    return visit("compare", run=[run.id for run in runs], **params)  # type: ignore[arg-type]


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception, at.exception
    return at


def test_without_runs_it_says_how_to_get_two_worth_comparing(visit: Visit) -> None:
    at = visit("compare")
    assert "No run of your own yet" in html(at)
    links = [link.proto for link in at.get("page_link")]
    recipes = [Recipe.from_link(_recipe(link.query_string)) for link in links]
    assert len(recipes) == 2
    differing = {
        name for name, value in settings(recipes[0]).items() if settings(recipes[1])[name] != value
    }
    assert differing == {"learning_rate"}
    assert {row["cells"]["owner"]["text"] for row in table(at)["rows"]} == {"the app"}


def _recipe(query: str) -> str:
    from urllib.parse import parse_qs

    return parse_qs(query)["recipe"][0]


def test_the_table_shows_each_runs_figures_newest_first(visit: Visit) -> None:
    old, new = trained(), trained(BASE.with_(learning_rate=0.01), "somebody")
    at = visit("compare")
    assert shown(at)[:2] == [new.id, old.id]
    cells = {name: cell["text"] for name, cell in table(at)["rows"][1]["cells"].items()}
    when = cells.pop("when")
    assert when.startswith("20")
    assert cells == {
        "ours": "–",
        "state": "done",
        "test": "80.00 %",
        "best": "90.00 %",
        "last": "80.00 %",
        "seconds": "6.0 s",
        "parameters": "6,370",
        "owner": "you",
    }
    assert table(at)["rows"][1]["line"] == (
        "Digits (offline) · 784-8-10 ReLU · Adam 0.001 · batch 32 · 4 epochs"
    )
    assert table(at)["rows"][0]["cells"]["owner"]["text"].startswith("visitor ")


def test_nobodys_id_is_told(visit: Visit) -> None:
    run = trained(owner="whoever has this owns the runs")
    at = chosen(visit, run, trained())
    everything = json.dumps(table(at)) + html(at) + words(at)
    assert "owns the runs" not in everything and ME not in everything


def test_the_address_filters_and_sorts(visit: Visit) -> None:
    slow = trained(BASE.with_(optimizer="sgd"), validation=(0.1, 0.2, 0.3, 0.4))
    fast = trained()
    theirs = trained(owner="somebody")
    assert shown(visit("compare", find="sgd digits")) == [slow.id]
    assert shown(visit("compare", whose="me")) == [fast.id, slow.id]
    up = shown(visit("compare", sort="best", order="up", dataset="digits"))
    assert up[0] == slow.id and set(up[1:]) == {fast.id, theirs.id}
    sign = short_id("somebody")
    assert shown(visit("compare", whose=sign)) == [theirs.id]
    at = visit("compare", state="failed")
    assert "No run found" in html(at)
    at.text_input(key="linked_find").set_value("sgd").run()
    at.selectbox(key="linked_state").set_value("").run()
    assert shown(at) == [slow.id]


def test_runs_are_found_by_owner_and_date(visit: Visit) -> None:
    mine, anas = trained(), trained(owner="somebody")
    singletons.display_names().rename("somebody", "Ana")
    at = visit("compare", find="ana")
    assert shown(at) == [anas.id]
    assert f"\u2068Ana\u2069 · {short_id('somebody')}" in at.selectbox(key="linked_whose").options
    today = f"{datetime.fromtimestamp(mine.created):%Y-%m-%d}"
    assert shown(visit("compare", find=today)) == [anas.id, mine.id]
    singletons.display_names().rename(ME, "Bo")
    assert shown(visit("compare", find="bo")) == [mine.id], "not only as 'you'"


def test_trials_are_shown_when_asked_for(visit: Visit) -> None:
    single = trained()
    assert len(visit("compare").checkbox) == 0
    trial = singletons.store().create(BASE, ME, sweep="sweep-1")
    at = visit("compare")
    assert shown(at)[0] == single.id and trial.id not in shown(at)
    at.checkbox(key="linked_trials").check().run()
    assert not at.exception
    assert shown(at)[:2] == [trial.id, single.id] and "trials" in at.query_params
    assert trial.id not in shown(visit("compare", whose="single")), "an old link"


@pytest.mark.parametrize(
    "nonsense",
    [
        {"sort": "'; drop", "order": "sideways"},
        {"page": "-3"},
        {"page": "99999999"},
        {"dataset": "cats", "state": "?", "whose": "x"},
        {"find": "[(*\\" * 200},
    ],
)
def test_nonsense_in_the_address_is_passed_over(visit: Visit, nonsense: dict[str, str]) -> None:
    trained()
    at = visit("compare", **nonsense)
    assert not at.error


def test_a_run_that_is_gone_is_told_and_the_others_are_shown(visit: Visit) -> None:
    run = trained()
    at = visit("compare", run=[run.id, "20260101-000000-gone-abcdef", "../../etc"])  # type: ignore[arg-type]
    assert "Some runs of this link" in words(at)
    assert table(at)["chosen"] == [run.id]


def test_more_than_can_be_told_apart_are_not_compared(visit: Visit) -> None:
    runs = [trained() for _n in range(len(LETTERS) + 1)]
    at = chosen(visit, *runs)
    assert len(table(at)["chosen"]) == len(LETTERS)
    assert table(at)["full"] is True
    letters = [row["mark"]["letter"] for row in table(at)["rows"] if row["mark"]]
    assert sorted(letters) == list(LETTERS)


def test_what_differs_stands_out_and_the_rest_is_folded(visit: Visit) -> None:
    one, other = trained(), trained(BASE.with_(learning_rate=0.03, hidden=(Hidden(8), Hidden(4))))
    at = chosen(visit, one, other)
    differing = html(at).split("data-differs>")[1:]
    names = [row.split("</th>")[0].rpartition(">")[2] for row in differing]
    assert names == [
        *("Hidden layer 2: units", "Hidden layer 2: activation", "Hidden layer 2: dropout"),
        "Learning rate",
    ]
    assert "<td>0.001</td><td data-other>0.03</td>" in html(at)
    (folded,) = [box for box in at.expander if "settings are the same" in box.label]
    assert folded.label.startswith(f"{len(settings(one.recipe)) - 1} ")


def test_the_highest_accuracy_is_marked_unless_it_is_shared(visit: Visit) -> None:
    one, other = trained(), trained(validation=(0.7, 0.9, 0.8, 0.85))
    body = html(chosen(visit, one, other))
    assert "<td>80.00 %</td><td data-best>85.00 %</td>" in body
    assert "<td>90.00 %</td><td>90.00 %</td>" in body
    assert "recipes are equal" in words(chosen(visit, one, other))


def test_the_same_start_is_told_and_checked(visit: Visit) -> None:
    one, faster = trained(), trained(BASE.with_(learning_rate=0.03))
    other, wider = trained(BASE.with_(seed=2)), trained(BASE.with_(hidden=(Hidden(9),)))
    said = words(chosen(visit, one, faster, other, wider))
    mark = model_cache.first_weights(one)
    assert "**Same initial weights:** B compared with A, a fair comparison" in said
    assert f"(the saved weights are equal, fingerprint {mark})" in said
    assert "They learned from the same images in the same order." in said
    assert "C compared with A (another seed)" in said
    assert "D compared with A (other layer widths)" in said
    deeper = trained(BASE.with_(hidden=(Hidden(8), Hidden(4))))
    said = words(chosen(visit, one, deeper))
    assert "(other layer widths). Only the first layer started equal." in said
    singletons.store().save(faster.id, FIRST_CHECKPOINT, arrays(BASE.with_(seed=5)))
    assert "but the saved ones differ" in words(chosen(visit, one, faster))
    (faster.folder / FIRST_CHECKPOINT).unlink()
    assert "the initial weights were not saved" in words(chosen(visit, one, faster))


def test_images_beside_the_data_set_are_a_difference(visit: Visit) -> None:
    sources = [{"name": "Digits"}, {"name": "<b>class</b>.json", "images": 3000}]
    plain, more = trained(), trained(facts={"data": "other", "sources": sources})
    at = chosen(visit, plain, more)
    assert "Images beside the data set" in html(at)
    assert "<td>–</td><td data-other>&lt;b&gt;class&lt;/b&gt;.json (3,000)</td>" in html(at)
    assert "recipes are equal" not in words(at) and "same order" not in words(at)
    other = trained(facts={"data": "changed"})
    assert "Data hash" in html(chosen(visit, plain, other))
    assert "Data hash" not in html(chosen(visit, plain, trained()))


@pytest.mark.parametrize("sources", [7, "text", [1, 2], [{}, {"name": 3, "images": "x"}], None])
def test_a_strange_manifest_is_passed_over(visit: Visit, sources: object) -> None:
    at = chosen(visit, trained(facts={"sources": sources}), trained())
    assert not at.error


def test_notes_name_their_evidence(visit: Visit) -> None:
    losses = (1.0, 0.5, 4.0, 30.0)
    run = trained(losses=losses)
    body = html(chosen(visit, run))
    assert "The training diverged" in body
    assert "Training loss was 0.5 at its best and 30 at the end (step 160)." in body
    assert "What the curve says" in html(visit("train", run=run.id))


def test_without_evidence_there_is_no_note(visit: Visit) -> None:
    run = singletons.store().create(BASE, ME)
    singletons.store().set_state(run.id, RunState.CANCELLED)
    assert "lab-notes" not in html(chosen(visit, run))
    fine = trained(bias=5.0)
    assert "lab-notes" not in html(chosen(visit, fine))


def test_dead_units_are_counted_in_the_saved_network(visit: Visit) -> None:
    body = html(chosen(visit, trained(bias=-1000.0)))
    assert "100 % of the ReLU units are dead" in body
    assert "In hidden layer 1, 8 of 8 units give 0 for all of 1,797 images." in body
    assert "Most died in the training" in body, "the first weights fired"
    tanh = trained(BASE.with_(hidden=(Hidden(8, "tanh"),)), bias=-1000.0)
    assert "are dead" not in html(chosen(visit, tanh))


def test_dead_units_are_not_guessed_where_the_images_are_missing(visit: Visit) -> None:
    run = trained(BASE.with_(dataset="mnist"), bias=-1000.0)
    at = chosen(visit, run)
    assert "are dead" not in html(at) and not at.error


def test_dead_units_of_a_damaged_model_are_not_guessed(visit: Visit) -> None:
    run = trained(bias=-1000.0)
    singletons.store().save(run.id, "weights.npz", b"no archive")
    at = chosen(visit, run)
    assert "are dead" not in html(at)


def test_its_owner_names_notes_and_tags_a_run(visit: Visit) -> None:
    run = trained()
    at = chosen(visit, run)
    fill(at, name="Bold <b>steps</b>", tags="#lesson, two", note="It *flutters*.\nWhy?")
    kept = singletons.store().open(run.id).label
    assert kept == Label("Bold <b>steps</b>", "It *flutters*.\nWhy?", ("lesson", "two"))
    assert "Bold &lt;b&gt;steps&lt;/b&gt;" in html(at) and "<b>steps" not in html(at)
    assert "It *flutters*.\nWhy?" in html(at)
    assert table(at)["rows"][0]["title"] == "Bold <b>steps</b>"
    assert table(at)["rows"][0]["tags"] == ["lesson", "two"]


def test_a_label_that_cannot_be_kept_gets_a_sentence(visit: Visit) -> None:
    run = trained()
    at = chosen(visit, run)
    fill(at, name="x", tags=",".join("abcdefghij"), note="")
    assert "at most 8 tags" in words(at)
    assert singletons.store().open(run.id).label == Label()


def fill(at: AppTest, name: str, tags: str, note: str) -> None:
    fields = {field.label: field for field in [*at.text_input, *at.text_area]}
    fields["Name"].set_value(name)
    fields["Tags"].set_value(tags)
    fields["Note"].set_value(note)
    (save,) = [button for button in at.button if button.label == "Save"]
    save.click().run()
    assert not at.exception, at.exception


def test_others_see_a_run_and_change_nothing(visit: Visit) -> None:
    run = trained(owner="somebody")
    at = chosen(visit, run, singletons.store().open("starter-mnist"))
    assert {b.label for b in at.button} == {"Choose none"}
    assert "Name" not in [field.label for field in at.text_input]


def test_a_run_that_trains_is_not_deleted(visit: Visit) -> None:
    run = singletons.store().create(BASE, ME)
    at = chosen(visit, run)
    assert "Stop the training before" in words(at)
    assert not [b for b in at.button if b.label == "Delete"]


def test_deleting_can_be_undone(visit: Visit) -> None:
    one, other = trained(BASE.with_(name="First")), trained()
    at = press(chosen(visit, one, other), f"delete_{one.id}")
    assert one.id not in shown(at) and table(at)["chosen"] == [other.id]
    assert "Deleted: **First**" in words(at)
    at = press(at, "undo")
    assert one.id in shown(at) and set(table(at)["chosen"]) == {one.id, other.id}
    assert "Deleted:" not in words(at)


def test_what_was_deleted_before_lies_in_its_owners_bin(visit: Visit) -> None:
    mine, theirs = trained(), trained(owner="somebody")
    for run in (mine, theirs):
        singletons.store().delete(run.id)
    at = visit("compare")
    assert [b.key for b in at.button] == [f"restore_{mine.id}"]
    at = press(at, f"restore_{mine.id}")
    assert mine.id in shown(at) and theirs.id not in shown(at)


def test_a_bin_that_was_emptied_meanwhile_gets_a_sentence(visit: Visit) -> None:
    run = trained()
    at = press(chosen(visit, run), f"delete_{run.id}")
    singletons.store().forget(run.id)
    at.run()
    assert "Deleted:" not in words(at) and not at.exception


def test_a_choice_is_undone_at_once(visit: Visit) -> None:
    at = press(chosen(visit, trained(), trained()), "none")
    assert table(at)["chosen"] == []
