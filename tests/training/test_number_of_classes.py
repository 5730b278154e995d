"""Three and five classes, end to end: trained, evaluated, exported, taken home, verified."""

import json
import re
import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model_store import ModelStore, Run
from model_store.analysis.diagnosis import diagnose
from model_store.inference.attribution import attribute, weight_pictures
from model_store.inference.checkpoint_answers import CheckpointCache
from model_store.inference.classifier import Classifier
from model_store.inference.metrics import Evaluation
from model_store.recipe.recipe import Recipe
from model_store.runs.history import History
from pages.ui.runs.take_home_source import page_source
from tests.support.own_sets import NAMES, own_recipe
from training.data.own_sets import OwnSets, recipe_data
from training.export.notebook import notebook
from training.export.receipt import Receipt
from training.export.script import script
from training.export.take_home import take_home
from training.export.verification import find_inputs
from training.loop.control import Control
from training.loop.environment import provenance_facts
from training.sweeps.plan import Plan
from training.sweeps.search_space import Values

SETTINGS = {
    3: {"validation": "split", "validation_share": 0.2},
    5: {"labels": "one_hot", "loss": "categorical_crossentropy", "validation": "test"},
}
Trained = Callable[[int], tuple[ModelStore, Run]]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, isolated_session: None) -> Trained:
    """Train a set of so many classes, once."""
    from training.loop import trainer

    known: dict[int, tuple[ModelStore, Run]] = {}

    def make(classes: int) -> tuple[ModelStore, Run]:
        if classes not in known:
            store = ModelStore(tmp_path_factory.mktemp("classes"), starter=None)
            recipe = own_recipe(store.root, classes, **SETTINGS[classes])
            run, data = store.create(recipe), recipe_data(recipe, store.root)
            trainer.train(
                recipe,
                data,
                emit=lambda event: store.append(run.id, event),
                control=Control(),
                save=lambda name, content: store.save(run.id, name, content),
            )
            known[classes] = store, store.finish(run.id, **provenance_facts(data, "a test"))
        return known[classes]

    return make


@pytest.mark.parametrize("classes", [3, 5])
def test_a_network_has_an_output_for_each_class(trained: Trained, classes: int) -> None:
    store, run = trained(classes)
    data = recipe_data(run.recipe, store.root)
    assert run.recipe.network == f"784-16-{classes}"
    assert run.recipe.layers[-1].shape == (classes,)
    assert run.recipe.data.names == NAMES[:classes]
    probabilities = Classifier.load(run).probabilities(data.x_test)
    evaluation = Evaluation.of(probabilities, data.y_test)
    assert evaluation.confusion.shape == (classes, classes)
    assert evaluation.confusion.sum() == 4 * classes
    assert evaluation.accuracy == pytest.approx(run.result["test_accuracy"])
    assert evaluation.accuracy > 0.9, "bars in other places are easy"
    found = attribute(Classifier.load(run), data.x_test[0], classes - 1)
    assert found.pixels.sum() == pytest.approx(found.score - found.baseline, abs=1e-3)
    with pytest.raises(ValueError, match=f"0 to {classes - 1}"):
        attribute(Classifier.load(run), data.x_test[0], classes)
    assert weight_pictures(Classifier.load(run)).shape == (16, 28, 28)
    answers = CheckpointCache().answers(run, store.checkpoints(run.id), data.x_test[0])
    assert answers.probabilities.shape[1] == classes
    assert isinstance(diagnose(run.recipe, History.from_events(store.events(run.id))), list)


@pytest.mark.parametrize("classes", [3, 5])
def test_the_script_gives_the_runs_figures(
    trained: Trained, classes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, run = trained(classes)
    history = History.from_events(store.events(run.id))
    text = script(run, history)
    monkeypatch.chdir(tmp_path)
    file = OwnSets(store.root).content(run.recipe.dataset)
    assert file is not None
    assert f"{run.recipe.dataset}.npz" in text
    (tmp_path / f"{run.recipe.dataset}.npz").write_bytes(file)
    (tmp_path / "script.py").write_text(text, "utf-8")
    names = runpy.run_path("script.py")
    losses = [epoch.loss for epoch in history.epochs]
    assert names["figures"]["loss"] == pytest.approx(losses, rel=1e-3)
    assert names["test_loss"] == pytest.approx(run.result["test_loss"], rel=1e-3)
    assert names["model"].output_shape == (None, classes)
    assert f"to {classes - 1}" in text.replace("\n# ", " ")
    assert f"{classes} probabilities" in text.replace("\n# ", " ")
    assert f"{run.recipe.dataset}.npz" in notebook(run, history)


@pytest.mark.parametrize("classes", [3, 5])
def test_the_page_to_take_home_has_the_classes(trained: Trained, classes: int) -> None:
    _store, run = trained(classes)
    page = take_home(run, page_source())
    found = re.search(r'<script type="application/json" id="model">(.*?)</script>', page)
    assert found is not None
    model = json.loads(found[1])
    assert model["names"] == list(NAMES[:classes])
    assert model["layers"][-1]["units"] == classes
    assert [sample["truth"] for sample in model["samples"]] == list(NAMES[:classes])
    assert "Our animals" in page
    assert "drawn by class 9b; CC0" in page


def test_a_run_whose_data_set_is_gone_still_answers(tmp_path: Path, trained: Trained) -> None:
    _store, run = trained(3)
    elsewhere = ModelStore(tmp_path, starter=None)
    kept = elsewhere.create(run.recipe)
    for name in ("weights.npz", "model.keras", "summary.json"):
        elsewhere.save(kept.id, name, (run.folder / name).read_bytes())
    kept = elsewhere.finish(kept.id)
    image = np.zeros((28, 28), np.uint8)
    assert Classifier.load(kept).probabilities(image).shape == (3,)
    assert kept.recipe.data.names == NAMES[:3]
    assert "cat" in take_home(kept, page_source())


def test_a_receipt_names_the_data_set_and_verifies_where_it_is(
    trained: Trained, tmp_path: Path
) -> None:
    store, run = trained(3)
    receipt = Receipt.of(run, History.from_events(store.events(run.id)))
    again = Receipt.from_json(receipt.to_json())
    assert again.recipe == run.recipe
    assert again.data == OwnSets(store.root).open(run.recipe.dataset).fingerprint
    assert again.sources[0]["licence"] == "drawn by class 9b; CC0"
    assert "Our animals" in receipt.to_markdown()
    assert find_inputs(store, again) == ([], None)
    with pytest.raises(Exception, match="not on this server"):
        find_inputs(ModelStore(tmp_path, starter=None), again)


def test_links_and_hashes_of_recipes_with_ten_classes_stay_as_they_were() -> None:
    assert Recipe().hash == "3e32b7a39a74"
    assert "own" not in Recipe().to_dict()
    assert Recipe().to_link() == "{}"


def test_a_sweep_keeps_the_data_set_of_its_recipe(tmp_path: Path) -> None:
    plan = Plan(own_recipe(tmp_path, 3), (("seed", Values((0, 1))),))
    again = Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert again.base == plan.base
    assert again.base.classes == 3
