"""What is loaded in the process that workers are forked from: see `engine_host`.

To import this is all. It starts no thread, here or in what it imports: a fork would have none of
them, and wait for ever for locks that they held.
"""

from __future__ import annotations

import os

import distributed.nanny  # noqa: F401

from training.workers.worker import COLD

if not os.environ.get(COLD):
    import training.loop.trainer  # noqa: F401
