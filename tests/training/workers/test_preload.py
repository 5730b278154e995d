"""Parent process of the workers: it has loaded their modules, and its forks work."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.engines import CODE

LOOK = """
import json, sys
import psutil
import training.workers.preload
from training.workers.worker import COLD
loaded = "tensorflow" in sys.modules
if loaded:
    from tensorflow.python.eager import context
    assert context._context is None, "devices were looked for: a fork could not use a GPU"
print(json.dumps([psutil.Process().num_threads(), "distributed" in sys.modules, loaded]))
"""


@pytest.mark.parametrize("cold", ["", "1"])
def test_it_starts_no_thread_and_uses_no_device(cold: str) -> None:
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # Dask sets the first
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=CODE,
        env={**os.environ, **one_thread, "SOFTMAX_LAB_COLD": cold},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [1, True, not cold]
