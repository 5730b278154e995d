"""Objects that the whole process shares: store, engine, sweeps, data sets. Any thread."""

import os

import streamlit as st

from model_store import ModelStore
from model_store.classroom.classes import ClassStore
from model_store.classroom.display_names import DisplayNames
from model_store.classroom.drawing_set import DrawingStore
from model_store.classroom.limits import Limits, LimitsStore
from model_store.inference.classifier import use_one_core
from model_store.lessons.progress import ProgressStore
from model_store.recipe.own_data import is_own
from model_store.storage.database.database import default_address
from model_store.storage.store import default_root
from pages.ui.server.login_throttle import LoginThrottle
from pages.ui.server.pad_memory import PadMemory
from pages.ui.services.shared import shared
from training.data import datasets
from training.data.datasets import Arrays
from training.data.own_sets import Card, OwnSets
from training.engine.engine import Engine
from training.sweeps.manager import SweepManager

store = shared()(lambda: ModelStore(default_root(), address=default_address()))
limits = shared()(lambda: LimitsStore(store().database))  # set by a teacher
display_names = shared()(lambda: DisplayNames(store().database))
classes = shared()(lambda: ClassStore(store().database))
progress = shared()(lambda: ProgressStore(store().database))  # of learners in lessons
class_drawings = shared()(lambda: DrawingStore(store().database))
pad_memory = shared()(PadMemory)
login_throttle = shared()(LoginThrottle)
own_sets = shared()(lambda: OwnSets(store().root))  # data sets that people brought
_dataset = shared()(datasets.load)


@shared(8, key=lambda card: (card.name, card.created))
def _own_dataset(card: Card) -> Arrays:
    return own_sets().load(card.name)


def dataset(name: str) -> Arrays:
    """Return the arrays of a data set, memory-mapped unless somebody brought it.

    Raises:
        DataError: if it is not here, or damaged.
    """
    if not is_own(name):
        return _dataset(name)
    return _own_dataset(own_sets().open(name))


def has_dataset(name: str) -> bool:
    """True if the data set is on this computer; its file may still be damaged."""
    return own_sets().has(name) if is_own(name) else datasets.available(name)


@shared()
def engine() -> Engine:
    """Return the training engine; `start` has been called when pages run.

    Limits apply only with a teacher's code, since only a teacher can lift them.
    """
    return Engine(store(), limits=limits().read if teacher_code() else Limits)


@shared()
def sweeps() -> SweepManager:
    """Return the sweeps of this server; `start` has been called when pages run."""
    return SweepManager(engine(), store())


@shared()
def teacher_code() -> str:
    """Return `teacher_code` of `.streamlit/secrets.toml` as found at the start; "" without one."""
    if not st.secrets.load_if_toml_exists():
        return ""
    code = st.secrets.get("teacher_code")
    os.environ.pop("teacher_code", None)  # Streamlit puts it there, where workers see it
    return str(code).strip() if isinstance(code, str | int) else ""


def start() -> None:
    """Start the engine and the sweeps that another server left, in the background."""
    use_one_core()
    engine().start()
    sweeps().start()


def stop() -> None:
    """End the engine and its workers; sweeps wait for the next server."""
    sweeps().close()
    engine().close()
