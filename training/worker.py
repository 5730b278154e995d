"""Former address of `training.workers.worker`: `--preload training.worker` keeps working."""

from training.workers.worker import dask_setup

__all__ = ["dask_setup"]
