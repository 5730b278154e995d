"""Fine-tuning on class drawings: half or all of them, and errors without enough."""

from streamlit.testing.v1 import AppTest

from model_store.recipe.recipe import Hidden, Recipe
from pages.ui.services import singletons
from tests.support.draw_page import DRAW, Visit, finished
from tests.support.drawings import sevens
from tests.support.finished_runs import all_runs
from tests.support.page_text import words

SMALL = Recipe(dataset="digits", hidden=(Hidden(6, "relu"),))
ME = "me"


def test_a_run_is_trained_further_on_half_of_the_drawings(visit: Visit) -> None:
    singletons.class_drawings().add_all(sevens(10))
    run = finished(SMALL)
    at = visit("evaluate", run=run.id, view="drawings")
    assert "The other 5 drawings test the new model" in words(at)
    at.number_input(key="further_epochs").set_value(2)
    at.button(key="further").click().run()
    new = next(r for r in all_runs(singletons.store()) if r.provenance)
    assert (new.owner, new.recipe.epochs, new.recipe.hidden) == (ME, 2, SMALL.hidden)
    assert (
        new.provenance is not None
        and new.provenance.run == run.id
        and len(new.provenance.seen) == 5
    )
    assert (new.folder / "start.npz").read_bytes() == (run.folder / "weights.npz").read_bytes()
    assert (new.folder / "added.npz").is_file()
    text = words(visit("train", run=new.id))
    assert "It began with the weights of **" in text and "the run keeps them" in text


def test_all_can_be_taken_and_nothing_is_left_to_test() -> None:
    at = AppTest.from_file(str(DRAW.with_name("evaluate.py")), default_timeout=20)
    at.query_params["run"], at.query_params["view"] = finished(SMALL).id, "drawings"
    at.run()
    assert "further" not in [b.key for b in at.button], "nothing to train on yet"
    singletons.class_drawings().add_all(sevens(4))
    at.run()
    at.get("button_group")[2].set_value("all").run()
    assert "No drawing is left to test the new model" in words(at)


def test_without_the_training_images_it_says_where_they_are(visit: Visit) -> None:
    singletons.class_drawings().add_all(sevens(2))
    at = visit("evaluate", run="starter-mnist", view="drawings")
    assert "training images are not on this computer" in words(at)
    assert "further" not in [b.key for b in at.button]
