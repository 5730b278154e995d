"""What TensorFlow reads from the environment while it is imported, and how it is imported.

Imports nothing heavy itself. One training wants one core (more threads make it slower), so that as
many trainings as there are cores run side by side.
"""

from __future__ import annotations

import gc
import os
import sys

SETTINGS = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",  # warnings are for its developers; errors stay
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # several workers share a GPU, if there is one
}
VECTOR_WIDTH = "xla_cpu_prefer_vector_width"  # 512 bits: 7% faster where the processor has them
# Keras imports these where they are installed, for tables, classifiers and notebooks that no
# training has, and does without them where they are not.
UNUSED = ("IPython", "pandas", "sklearn")


def configure() -> None:
    """Prepare this process for training; what the environment already says, stays.

    Has no effect once TensorFlow was imported.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    flags = os.environ.get("XLA_FLAGS", "")
    if VECTOR_WIDTH not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --{VECTOR_WIDTH}=512".strip()


def load() -> None:
    """Import Keras and TensorFlow, prepared, and nothing that they would load beside.

    Who imports them calls this first. Until it returns, no other thread finds `UNUSED`. What they
    leave in memory stays there, so the garbage collector neither looks at it now nor later.
    """
    if "keras" in sys.modules:
        return
    configure()
    hidden = [name for name in UNUSED if name not in sys.modules]
    collects = gc.isenabled()
    gc.disable()
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: not to be found
    try:
        import keras  # noqa: F401
    finally:
        for name in hidden:
            del sys.modules[name]
        gc.freeze()
        if collects:
            gc.enable()
