"""Imports of the process that workers are forked from: see `training.workers.host`.

No import here may start a thread: a fork has only one, and would wait for ever for locks that
others held.
"""

import importlib
import os

from training.workers.host import COLD, HOSTED, die_with_parent, lower_priority

die_with_parent()  # first of all: the imports below take seconds
lower_priority()
if os.environ.get(HOSTED) not in (None, str(os.getppid())):
    os._exit(1)  # the host is gone already
importlib.import_module("distributed.nanny")
importlib.import_module("training.workers.worker")
if not os.environ.get(COLD):
    importlib.import_module("training.loop.trainer")
