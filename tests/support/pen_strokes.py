"""A file of pen strokes, small and made up: each digit a few strokes, as a tablet would write."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

ONE = [[[200, 100], [200, 300]]]
SEVEN = [[[100, 300], [250, 300], [150, 100]], [[130, 200], [220, 200]]]
DRAWINGS = [{"label": 1, "strokes": ONE}, {"label": 7, "strokes": SEVEN}]


def write(path: Path, content: object = DRAWINGS) -> Path:
    """JSON, packed if the name ends in .gz."""
    text = json.dumps(content).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path
