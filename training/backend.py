"""What TensorFlow reads from the environment while it is imported: call `configure` before.

Imports nothing heavy. One training wants one core (more threads make it slower), so that as many
trainings as there are cores run side by side.
"""

from __future__ import annotations

import os

SETTINGS = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",  # warnings are for its developers; errors stay
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # several workers share a GPU, if there is one
}
VECTOR_WIDTH = "xla_cpu_prefer_vector_width"  # 512 bits: 7% faster where the processor has them


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
