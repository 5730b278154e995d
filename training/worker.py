"""Former address of `training.workers.worker`: `--preload training.worker` keeps working."""

from __future__ import annotations

from training.workers.worker import dask_setup

__all__ = ["dask_setup"]
