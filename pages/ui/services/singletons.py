"""What the whole process shares: store, engine, sweeps, data sets, who visits. Any thread."""

from __future__ import annotations

import os

import streamlit as st

from model_store import ModelStore
from model_store.classroom.display_names import DisplayNames
from model_store.classroom.drawing_set import DrawingStore
from model_store.classroom.limits import Limits, LimitsFile
from model_store.inference.classifier import use_one_core
from model_store.storage.store import default_root
from pages.ui.server.login_throttle import LoginThrottle
from pages.ui.server.pad_memory import PadMemory
from pages.ui.services.shared import shared
from training.data import datasets
from training.engine.engine import Engine
from training.sweeps.manager import SweepManager


@shared()
def store() -> ModelStore:
    """The model store of this server."""
    return ModelStore(default_root())


@shared()
def engine() -> Engine:
    """The training engine of this server; `start` has been called when pages run.

    Limits count only where there is a teacher's code: without one nobody could lift them.
    """
    return Engine(store(), limits=limits().read if teacher_code() else Limits)


@shared()
def sweeps() -> SweepManager:
    """The sweeps of this server; `start` has been called when pages run."""
    return SweepManager(engine(), store())


@shared()
def teacher_code() -> str:
    """`teacher_code` of `.streamlit/secrets.toml` as this server found it; "" if there is none."""
    if not st.secrets.load_if_toml_exists():
        return ""
    code = st.secrets.get("teacher_code")
    os.environ.pop("teacher_code", None)  # Streamlit puts it there, for every worker to see
    return str(code).strip() if isinstance(code, str | int) else ""


@shared()
def login_throttle() -> LoginThrottle:
    """Who guards that code on this server."""
    return LoginThrottle()


@shared()
def limits() -> LimitsFile:
    """What the teacher of this store allows each person."""
    return LimitsFile(store().root)


@shared()
def display_names() -> DisplayNames:
    """The names that the visitors of this store gave themselves."""
    return DisplayNames(store().root)


def start() -> None:
    """Begin to start the engine, and the sweeps that another server left; returns at once."""
    use_one_core()
    engine().start()
    sweeps().start()


def stop() -> None:
    """End the engine and its workers; sweeps wait for the next server."""
    sweeps().close()
    engine().close()


@shared()
def pad_memory() -> PadMemory:
    """The last drawing of each visitor of this server."""
    return PadMemory()


@shared(8)
def dataset(name: str) -> datasets.Arrays:
    """A data set, memory-mapped, once for all sessions.

    Raises:
        DataError: with a sentence, if it is missing or damaged.
    """
    return datasets.load(name)


@shared()
def class_drawings() -> DrawingStore:
    """The drawings that the visitors of this server labelled."""
    return DrawingStore(store().root)


def available(name: str) -> bool:
    """Whether the data set is on this machine."""
    return datasets.available(name)
