"""Set-up and import of TensorFlow: prepared, small, and without side effects."""

import subprocess
import sys
from pathlib import Path

CODE = Path(__file__).resolve().parents[2]
LOADED = """
import gc, sys
from training import tensorflow_setup as backend
backend.load()
heavy = {name for name in backend.UNUSED if name in sys.modules}
import keras, pandas, sklearn
assert keras.backend.backend() == "tensorflow"
assert gc.isenabled()
print(*heavy)
"""


def test_what_no_training_uses_is_not_loaded_and_can_be_afterwards() -> None:
    loaded = subprocess.check_output([sys.executable, "-c", LOADED], cwd=CODE, text=True)
    assert loaded.split() == []
