"""Card of a chosen run: diagnosis, label, and Delete for its owner."""

from streamlit.testing.v1 import AppTest

from model_store import RunState
from model_store.recipe.recipe import Hidden
from model_store.runs.label import Label
from pages.ui.services import singletons
from tests.support.compare_page import BASE, ME, Visit, chosen, table, trained
from tests.support.page_text import html, words


def fill(at: AppTest, name: str, tags: str, note: str) -> None:
    fields = {field.label: field for field in [*at.text_input, *at.text_area]}
    fields["Name"].set_value(name)
    fields["Tags"].set_value(tags)
    fields["Note"].set_value(note)
    (save,) = [button for button in at.button if button.label == "Save"]
    save.click().run()
    assert not at.exception, at.exception


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
