"""How a training ended, for whoever keeps its run: what went wrong, and a manifest's facts.

Imports no TensorFlow, so that a worker whose run fails before it trains need not load it.
"""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

from training.data.datasets import Arrays
from training.data.extra_images import Extended, sources
from training.loop.environment import machine

LIBRARIES = ("tensorflow", "keras", "numpy")


class Diverged(Exception):
    """The loss or a weight is no finite number any more; the message is for a person."""


class CheckpointError(Exception):
    """A checkpoint that cannot be resumed from; the message is for a person."""


def versions() -> dict[str, str]:
    """What the figures of a run may depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def facts(data: Arrays | Extended | None, command: str) -> dict[str, Any]:
    """What a manifest says beside the store's own: versions, machine, the data's hash and sources
    (of None, what it was trained on is not known), the command."""
    known = data and {
        "data": data.fingerprint,
        "sources": [source.to_dict() for source in sources(data)],
    }
    return {"versions": versions(), "machine": machine(), **(known or {}), "command": command}
