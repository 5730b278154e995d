"""Import of a model: form, errors, and the view of an imported run."""

import pytest
from streamlit.testing.v1 import AppTest

from model_store import Run, RunState
from pages.ui.services import shared, singletons
from tests.support.compare_page import BASE, ME, Visit, table, trained
from tests.support.finished_runs import all_runs
from tests.support.keras_files import (
    END,
    FLAT,
    OURS,
    PLAIN,
    dense,
    image,
    keras_file,
    layer,
    sequential,
    weights,
)
from tests.support.page_text import html, words
from training.data.datasets import load
from training.loop.control import Control

EXPORT = (OURS / "model.keras").read_bytes()


def upload(at: AppTest, content: bytes, name: str = "my net.keras") -> AppTest:
    at.get("file_uploader")[0].upload(name, content).run()
    assert not at.exception, at.exception
    return at


def bring(visit: Visit) -> tuple[AppTest, Run]:
    """Import a valid file; the engine of these tests never opens it."""
    at = upload(visit("compare"), EXPORT)
    at.button(key="import").click().run()
    assert not at.exception, at.exception
    (run,) = [run for run in all_runs(singletons.store()) if not run.shipped]
    return at, run


def opened(run: Run) -> Run:
    """Finish the run as a worker would."""
    from training.keras_import import importer
    from training.loop.environment import provenance_facts

    store = singletons.store()
    store.set_state(run.id, RunState.RUNNING)
    importer.import_model(
        run.recipe,
        load(run.recipe.dataset),
        emit=lambda event: store.append(run.id, event),
        control=Control(),
        save=lambda name, data: store.save(run.id, name, data),
        start=(run.folder / "brought.npz").read_bytes(),
    )
    store.finish(run.id, **provenance_facts(None, "a file"))
    store.set_state(run.id, RunState.DONE)
    return store.open(run.id)


def test_a_file_is_described_before_its_import(visit: Visit) -> None:
    at = upload(visit("compare"), EXPORT)
    assert "784-128-10 with 101,770 parameters" in words(at)
    assert at.text_input(key="import_name_my net.keras").value == "my net"
    assert at.selectbox(key="import_dataset").options == ["Digits (offline)"]
    assert at.selectbox(key="import_pixels_unit").value == "unit"
    scaled = sequential([image(), layer("Rescaling", scale=1 / 255), FLAT, END])
    upload(at, keras_file(scaled, weights(10)))
    assert at.selectbox(key="import_pixels_raw").value == "raw"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"not a model", "not a model file of Keras"),
        (keras_file(sequential([image(), layer("Lambda")])), "A part Lambda with code of its own"),
        (
            keras_file(sequential([image(), FLAT, {**END, "module": "<b>os</b>"}])),
            "A part Dense with code of its own",
        ),
    ],
)
def test_what_is_hostile_gets_a_sentence_and_no_button(
    visit: Visit, content: bytes, sentence: str
) -> None:
    at = upload(visit("compare"), content)
    assert sentence in words(at)
    assert not [button for button in at.button if button.key == "import"]
    assert all(run.shipped for run in all_runs(singletons.store()))


def test_what_is_another_way_here_is_said_before_and_after(visit: Visit) -> None:
    """Ten sigmoid outputs, and pixels that a notebook normalised."""
    scores = keras_file(sequential([*PLAIN[:-1], dense(10, "sigmoid")]))
    at = upload(visit("compare"), scores, "scores.h5")
    assert "A network 784-16-10-10" in words(at) and "divided by their sum" in words(at)
    at.selectbox(key="import_pixels_unit").set_value("normalised").run()
    at.button(key="import").click().run()
    assert not at.exception, at.exception
    (run,) = [run for run in all_runs(singletons.store()) if not run.shipped]
    assert run.recipe.pixel_norm == "columns"
    assert [layer.activation for layer in run.recipe.hidden] == ["relu", "log_sigmoid"]
    run = opened(run)
    assert "divided by their sum" in words(at.run())
    assert "keras.utils.normalize(x, axis=1)" in words(at)
    (row,) = [row for row in table(at)["rows"] if row["id"] == run.id]
    assert row["line"] == "Digits (offline) · 784-16-10-10 ReLU log sigmoid · from a file"
    form = visit("train", run=run.id)
    assert not form.exception
    for page, more in (("draw", {}), ("evaluate", {"view": "take"})):
        assert not visit(page, run=run.id, **more).exception


def test_it_becomes_a_run_of_its_importer(visit: Visit) -> None:
    at, run = bring(visit)
    assert run.imported and run.title == "my net" and run.owner == ME
    assert run.state is RunState.QUEUED and run.recipe.dataset == "digits"
    assert "waits for a free worker" in words(at)
    singletons.store().set_state(run.id, RunState.RUNNING)
    assert "being opened and tested" in words(at.run())
    singletons.store().set_state(run.id, RunState.FAILED, "Keras cannot <open> it.")
    assert "could not be imported" in words(at.run())
    assert "Keras cannot <open> it." in words(at)
    at.button(key="import_another").click().run()
    assert at.get("file_uploader")


def test_it_can_be_cancelled_while_it_waits(visit: Visit) -> None:
    at, run = bring(visit)
    at.button(key=f"cancel_{run.id}").click().run()
    assert singletons.store().open(run.id).state is RunState.CANCELLED


def test_it_can_be_tried_again_where_the_app_was_closed_meanwhile(visit: Visit) -> None:
    at, run = bring(visit)
    singletons.engine().close()
    assert singletons.store().open(run.id).state is RunState.INTERRUPTED
    shared.reset()
    at.run().button(key="again").click().run()
    assert singletons.store().open(run.id).state is RunState.QUEUED


def test_every_page_shows_it_as_what_it_is(visit: Visit) -> None:
    at, run = bring(visit)
    run = opened(run)
    said = words(at.run())
    assert "my net is open: 784-128-10, 101,770 parameters" in " ".join(
        [said, *[box.value.replace("\\", "").replace("**", "") for box in at.success]]
    )
    assert "imported from the file **my net.keras**" in said
    (row,) = [row for row in table(at)["rows"] if row["id"] == run.id]
    assert row["line"] == "Digits (offline) · 784-128-10 ReLU · from a file"
    assert row["cells"]["seconds"]["text"] == "–"
    other = trained(BASE)
    both = visit("compare", run=[run.id, other.id])  # type: ignore[arg-type]
    for name, here in (("Optimizer", "Adam"), ("Epochs", "4"), ("Seed", "1")):
        assert f'scope="row">{name}</th><td>–</td><td data-other>{here}' in html(both)
    assert "(weights of another model)" in words(both)
    assert "epochs" not in words(visit("train", run=run.id))
    assert "may or may not have learned from these" in words(visit("evaluate", run=run.id))
    take = visit("evaluate", run=run.id, view="take")
    labels = [button.proto.label for button in take.get("download_button")]
    assert labels == ["Page to take home", "Keras model", "Weights"]
    assert not [button for button in take.button if "verify" in str(button.key)]
    (name,) = [n for n in take.selectbox(key="model").options if n.startswith("my net · ")]
    assert name.endswith("% (from a file)")
    drawn = visit("draw", run=run.id)
    assert drawn.selectbox(key="model").value == run.id


def test_others_may_look_at_it_and_not_delete_it(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    _at, run = bring(visit)
    run = opened(run)
    assert visit("compare", run=run.id).button(key=f"delete_{run.id}")
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: "another")
    at = visit("compare", run=run.id)
    assert not [button for button in at.button if button.key == f"delete_{run.id}"]
