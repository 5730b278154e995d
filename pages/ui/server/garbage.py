"""Garbage collection of the server. Any thread.

Python looks through all its objects from time to time, every script and request waiting meanwhile.
Nine in ten of them belong to modules. `python -m benchmarks.load --only load`: of the 19 ms of
processor time for a visit to Train in a class of 30, such collections took 2.3 ms, now 0.5 ms.
"""

import gc
from functools import cache


@cache
def freeze_modules() -> None:
    """Leave all that exists now out of every collection; a second call does nothing.

    Call it when the modules are loaded.
    """
    gc.freeze()
