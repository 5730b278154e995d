"""Small synthetic file of pen strokes, as from a tablet."""

import gzip
import json
from pathlib import Path

ONE = [[[200, 100], [200, 300]]]
SEVEN = [[[100, 300], [250, 300], [150, 100]], [[130, 200], [220, 200]]]
DRAWINGS = [{"label": 1, "strokes": ONE}, {"label": 7, "strokes": SEVEN}]


def write(path: Path, content: object = DRAWINGS) -> Path:
    """Write JSON, compressed if the name ends in .gz."""
    text = json.dumps(content).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path
