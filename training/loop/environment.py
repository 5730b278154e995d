"""Provenance of a training: library versions, machine, data and command. No TensorFlow."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from training.data.extra_images import AnyData, sources

CPUINFO = Path("/proc/cpuinfo")
LIBRARIES = ("tensorflow", "keras", "numpy")


def provenance_facts(data: AnyData | None, command: str) -> dict[str, Any]:
    """Return the manifest's entries on how a run was made.

    `data` is None where the training data is unknown, as for an imported model.
    """
    known = data and {
        "data": data.fingerprint,
        "sources": [asdict(source) for source in sources(data)],
    }
    return {"versions": versions(), "machine": machine(), **(known or {}), "command": command}


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that compute a run's figures."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def machine() -> dict[str, str]:
    """Return system, architecture and processor; no name of a host or person."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": _processor(),
    }


def _processor() -> str:
    """Return the processor's model where the system says it: XLA orders its sums to suit it."""
    try:
        lines = CPUINFO.read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())
