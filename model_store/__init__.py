"""Runs on disk, and what is answered from them: folders, states and NumPy inference."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model_store.runs.run import Deleted, Run, RunState
    from model_store.storage.errors import RunDamaged, RunNotFound, StoreError
    from model_store.storage.store import ModelStore

__all__ = ["Deleted", "ModelStore", "Run", "RunDamaged", "RunNotFound", "RunState", "StoreError"]
# Loaded when first asked for: whoever needs sentences alone waits for no database library.
_MODULES = {
    **dict.fromkeys(("Deleted", "Run", "RunState"), "model_store.runs.run"),
    **dict.fromkeys(("RunDamaged", "RunNotFound", "StoreError"), "model_store.storage.errors"),
    "ModelStore": "model_store.storage.store",
}


def __getattr__(name: str) -> Any:
    """Load one of the names."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
