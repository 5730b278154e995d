"""Report of one training step for a page, as bytes: images, losses, gradient, change. Pure.

All of it is little-endian: the length of the head as uint32; the head, JSON in UTF-8 padded with
spaces to a multiple of 4 bytes; then the arrays, each row by row and padded to a multiple of 4
bytes. The head has:

- `step`: number of steps done, this one included; `epoch`: epochs done, with the fraction
- `size`: images in the batch
- `learning_rate`: of this step
- `loss`, `loss_after`: mean over the batch, with the L1 and L2 penalties, before and after the step
- `augmented`, `dropout`: true if the recipe has them
- `arrays`: by name `{"type", "shape", "offset", "scale"}`; `offset` in bytes from the end of the
  head; a number of the array times `scale` is the value

The arrays, for the first n <= 32 images of the batch:

- `index` int32 [n]: positions among the training images; `label` uint8 [n]
- `image` uint8 [n, 784]: the images that the step used, augmented if the recipe says so; 255 is 1.0
- `loss`, `loss_after` float32 [n]: loss of each image, without penalties

For each Dense layer i, 0 is the first, float16:

- `gradient_kernel_i` [u, inputs], `gradient_bias_i` [u]: gradient of `loss`, before the step
- `change_kernel_i`, `change_bias_i`: weights after the step less those before

A layer with batch normalisation has `gamma` and `beta` [u] in the same way, and the changes of its
moving `mean` and `variance` [u].

A row of a kernel has the weights that lead into one unit. Of a large layer only the first u units
are there, so that these arrays take `MAX_BYTES` at most. Losses and gradient are those of the step
itself: with its dropout, the same before and after.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_IMAGES = 32
MAX_BYTES = 2_000_000  # of gradients and changes
Arrays = Mapping[str, NDArray[Any]]


def batch_report(
    head: Mapping[str, Any], images: Arrays, gradient: Arrays, change: Arrays
) -> bytes:
    """Return the bytes of a report; b"" if a number is not finite.

    `head` has all entries but `arrays`, `images` the arrays of images, in the types of the file.
    `change` has the arrays of `recipe.weight_shapes`, float32, `gradient` those that are trained.
    """
    units = units_shown([a.shape for name, a in gradient.items() if name.startswith("kernel")])
    described, content = {}, []
    found = dict(images)
    for kind, arrays in (("gradient", gradient), ("change", change)):
        for name, array in arrays.items():  # the last axis has the units
            found[f"{kind}_{name}"] = array[..., : units[int(name.rpartition("_")[2])]].T
    offset = 0
    for name, array in found.items():
        if not np.isfinite(array).all():
            return b""
        about: dict[str, Any] = {"shape": array.shape, "offset": offset, "scale": 1.0}
        if name not in images:
            about["scale"] = float(np.abs(array).max()) or 1.0
            array = (array / np.float32(about["scale"])).astype("<f2")
        about["type"] = array.dtype.name
        data = array.astype(array.dtype.newbyteorder("<")).tobytes()
        content.append(data + bytes(-len(data) % 4))
        offset += len(content[-1])
        described[name] = about
    text = json.dumps({**head, "arrays": described}).encode()
    text += b" " * (-len(text) % 4)
    return b"".join((struct.pack("<I", len(text)), text, *content))


def units_shown(shapes: Sequence[tuple[int, ...]]) -> list[int]:
    """Return how many units of each layer are in a report; `shapes` of the kernels, [in, out].

    As many as fit, and the same number of each layer that has more.
    """
    room = MAX_BYTES // 4  # numbers of 2 bytes, two for each weight
    most = max(units for _inputs, units in shapes)
    while sum((inputs + 1) * min(units, most) for inputs, units in shapes) > room:
        most -= 1
    return [min(units, most) for _inputs, units in shapes]
