"""Provenance of a training: library versions, machine, data and command. No TensorFlow."""

import platform
from contextlib import suppress
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
    processor = platform.processor()
    with suppress(OSError):  # Linux says its model: XLA orders its sums to suit it
        lines = CPUINFO.read_text("utf-8", "replace").splitlines()
        named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
        processor = next(named, processor)
    return {"system": platform.system(), "architecture": platform.machine(), "processor": processor}
