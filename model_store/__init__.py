"""Runs on disk, and what is answered from them: folders, states and NumPy inference."""

from model_store.run import Run, RunDamaged, RunNotFound, RunState, StoreError
from model_store.store import ModelStore

__all__ = ["ModelStore", "Run", "RunDamaged", "RunNotFound", "RunState", "StoreError"]
