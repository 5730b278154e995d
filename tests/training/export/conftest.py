"""Small runs for the tests of exports; each recipe is trained once."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from model_store import ModelStore, Run
from model_store.recipe.recipe import Augment, Hidden, Recipe
from model_store.runs import provenance
from model_store.runs.history import History
from model_store.runs.provenance import WEIGHTS, InitialWeights, Provenance
from tests.support.finished_runs import archive, finished_run
from training.data.datasets import load
from training.data.extra_images import EXTRA_FILE, ExtraImages, Source, pack, training_data
from training.loop.control import Control
from training.loop.environment import provenance_facts

HOSTILE = 'x"""; import os\u2028\n# <script>alert(1)</script> \\ $x$'

QUICK = Recipe(
    name="quick", dataset="digits", hidden=(Hidden(32),), epochs=2, validation="test", seed=7
)
VARIED = Recipe(
    name=HOSTILE,
    dataset="digits",
    hidden=(Hidden(48, "tanh"), Hidden(24, "gelu")),
    kernel_initializer="he_normal",
    bias_initializer="ones",
    l2=0.0001,
    optimizer="sgd",
    learning_rate=0.01,
    optimizer_options=(("momentum", 0.9), ("nesterov", 1.0)),
    loss="categorical_crossentropy",
    labels="one_hot",
    shuffle="once",
    validation="split",
    validation_share=0.2,
    subset=1000,
    epochs=3,
    seed=3,
)

CHANGED = Recipe(
    dataset="digits",
    hidden=(Hidden(16),),
    augment=Augment(shift=2, rotation=10, shear=0.2, scale=0.1, stroke=0.5, warp=1.5),
    labels="one_hot",
    loss="categorical_crossentropy",
    subset=500,
    batch_size=60,  # the last batch of an epoch is a short one
    shuffle="once",
    epochs=2,
    seed=5,
)
OTHER = "the network from last week"
FLIPPED = "the same digits, upside down"

Trained = tuple[Run, History]
Train = Callable[[Recipe], Trained]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory, isolated_session: None) -> ModelStore:
    return ModelStore(tmp_path_factory.mktemp("taken"), starter=None)


@pytest.fixture(scope="session")
def train(store: ModelStore) -> Train:
    """Train a recipe into the store, as the command line does; the same one only once."""
    from training.loop import trainer

    known: dict[Recipe, Trained] = {}

    def make(recipe: Recipe) -> Trained:
        if recipe not in known:
            run = store.create(recipe)
            added = pack([_upside_down()]) if recipe == CHANGED else None
            start = _start() if recipe == CHANGED else None
            if added and start:
                store.save(run.id, EXTRA_FILE, added)
                store.save(run.id, WEIGHTS, start.weights)
                store.save(run.id, provenance.FILE, start.provenance.to_json())
            data = training_data(recipe, added)
            trainer.train(
                recipe,
                data,
                emit=lambda event: store.append(run.id, event),
                control=Control(),
                save=lambda name, content: store.save(run.id, name, content),
                start=start.weights if start else None,
            )
            run = store.finish(run.id, **provenance_facts(data, "a test"))
            known[recipe] = run, History.from_events(store.events(run.id))
        return known[recipe]

    return make


def _upside_down() -> ExtraImages:
    digits = load("digits")
    images, labels = digits.x_train[:100, ::-1], digits.y_train[:100]
    return ExtraImages.of(FLIPPED, "CC BY 4.0", np.ascontiguousarray(images), np.array(labels))


def _start() -> InitialWeights:
    """Weights of another run, that was not trained for long."""
    rng = np.random.default_rng(9)
    shapes = {"kernel_0": (784, 16), "bias_0": (16,), "kernel_1": (16, 10), "bias_1": (10,)}
    weights = archive({n: rng.normal(0, 0.05, s).astype(np.float32) for n, s in shapes.items()})
    digest = hashlib.sha256(weights).hexdigest()
    return InitialWeights(Provenance("elsewhere", OTHER, digest), weights)


@pytest.fixture
def made_up(tmp_path: Path) -> Trained:
    """A run of VARIED, made without a training, with extra images and initial weights."""
    made = ModelStore(tmp_path / "made up", starter=None)
    sources = [Source("Digits", "CC BY 4.0", 1437), Source(FLIPPED, "CC0", 100)]
    facts = provenance_facts(load("digits"), "python -m training --recipe varied")
    run = finished_run(
        made, VARIED, "me", facts={**facts, "sources": [asdict(source) for source in sources]}
    )
    made.save(run.id, provenance.FILE, Provenance("elsewhere", OTHER, "ab" * 32).to_json())
    return made.open(run.id), History.from_events(made.events(run.id))


@pytest.fixture
def quick(train: Train) -> Trained:
    """Digits, no dropout, validated on the test set."""
    return train(QUICK)


@pytest.fixture
def varied(train: Train) -> Trained:
    """Every setting another than the default, a hostile name among them."""
    return train(VARIED)


@pytest.fixture
def changed(train: Train) -> Trained:
    """Images changed at random, others beside those of the data set, weights of another run."""
    return train(CHANGED)


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and a cache of Keras that nobody else has."""
    place = tmp_path / "work"
    place.mkdir()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.chdir(place)
    return place
