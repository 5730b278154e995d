"""Environment of workers that belong to a host process. Imports nothing slow."""

from __future__ import annotations

import os
import signal
import sys

HOSTED = "SOFTMAX_LAB_HOSTED"  # process id of the host; not set in workers on other machines
COLD = "SOFTMAX_LAB_COLD"  # set where TensorFlow is loaded only by the first training


def die_with_parent() -> None:
    """Have the kernel kill this process with its parent, even while a task holds Python's lock.

    Only on Linux. Elsewhere Dask's own thread ends the process as soon as it gets the lock.
    """
    if sys.platform == "linux":
        import ctypes

        set_death_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


def exit_without_host() -> None:
    """End this process, a child of the host, with the host: later or, if it is gone, now."""
    host = os.environ.get(HOSTED)
    if host:
        die_with_parent()
        if os.getppid() != int(host):
            os._exit(1)
