"""Runs on disk, and what is answered from them: folders, states and NumPy inference."""

from model_store.runs.run import Deleted, Run, RunState
from model_store.storage.errors import RunDamaged, RunNotFound, StoreError
from model_store.storage.store import ModelStore

__all__ = ["Deleted", "ModelStore", "Run", "RunDamaged", "RunNotFound", "RunState", "StoreError"]
