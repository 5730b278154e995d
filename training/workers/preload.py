"""Imports of the process that workers are forked from: see `training.workers.host`.

No import here may start a thread: a fork has only one, and would wait for ever for locks that
others held.
"""

from __future__ import annotations

import importlib
import os

from training.workers.hosted import COLD, exit_without_host

exit_without_host()  # first of all: the imports below take seconds
importlib.import_module("distributed.nanny")
importlib.import_module("training.workers.worker")
if not os.environ.get(COLD):
    importlib.import_module("training.loop.trainer")
