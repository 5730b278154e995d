"""Reports of single steps, read as a browser reads them."""

import json
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_report(content: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return head and arrays; those of 16 bits as float32, with their scale."""
    length = int.from_bytes(content[:4], "little")
    head = json.loads(content[4 : 4 + length])
    arrays = {}
    for name, about in head["arrays"].items():
        kind = np.dtype(about["type"]).newbyteorder("<")
        count, start = prod(about["shape"]), 4 + length + about["offset"]
        array = np.frombuffer(content, kind, count, start).reshape(about["shape"])
        if array.dtype == np.float16:
            array = array.astype(np.float32) * np.float32(about["scale"])
        arrays[name] = array
    return head, arrays
