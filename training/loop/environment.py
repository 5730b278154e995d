"""What of this machine a training's figures may depend on. Imports nothing heavy; any thread."""

from __future__ import annotations

import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")


def machine() -> dict[str, str]:
    """System, architecture and processor; no name of a host or person."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": _processor(),
    }


def _processor() -> str:
    """The processor's model where the system says it: compiled sums are ordered to suit it."""
    try:
        lines = CPUINFO.read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())
