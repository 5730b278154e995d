"""Files of small data sets in every format that people bring."""

import gzip
import io
import struct
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tests.support.own_sets import NAMES, bars

SIGNS = {  # strokes in a picture of 100 x 100
    "cross": [[(20, 20), (80, 80)], [(80, 20), (20, 80)]],
    "bar": [[(50, 15), (50, 85)]],
    "dash": [[(15, 50), (85, 50)]],
    "roof": [[(20, 75), (50, 25), (80, 75)]],
    "box": [[(25, 25), (75, 25), (75, 75), (25, 75), (25, 25)]],
}


def png(image: NDArray[np.uint8] | Image.Image, kind: str = "PNG") -> bytes:
    """Return a picture file."""
    file = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(file, kind)
    return file.getvalue()


def sign(name: str, shift: int = 0, size: int = 100) -> Image.Image:
    """Return a sign in dark ink on white paper."""
    image = Image.new("L", (size, size), 255)
    draw = ImageDraw.Draw(image)
    for line in SIGNS[name]:
        points = [((x + shift) * size / 100, (y - shift) * size / 100) for x, y in line]
        draw.line(points, fill=0, width=max(2, size // 12), joint="curve")
    return image


def archive(files: Mapping[str, bytes] | Iterable[tuple[str, bytes]], **how: Any) -> bytes:
    """Return a ZIP of files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **how) as packed:
        for name, content in files.items() if isinstance(files, Mapping) else files:
            packed.writestr(name, content)
    return out.getvalue()


def folders(classes: int = 3, count: int = 6, side: int = 28) -> dict[str, bytes]:
    """Return picture files by path: a folder for each class."""
    return {
        f"zoo/{NAMES[label]}/{n}.png": png(np.kron(image, np.ones((side // 28,) * 2, np.uint8)))
        for label in range(classes)
        for n, image in enumerate(bars(label, count))
    }


def signs(count: int = 8) -> bytes:
    """Return a ZIP with pictures of five signs, dark on white, in several sizes."""
    return archive(
        {
            f"{name}/{n}.png": png(sign(name, shift=n % 4 - 2, size=80 + 10 * (n % 3)))
            for name in SIGNS
            for n in range(count)
        }
    )


def csv(
    classes: int = 3, count: int = 6, header: bool = True, delimiter: str = ",", words: bool = False
) -> bytes:
    """Return a CSV file as Kaggle gives MNIST."""
    lines = [delimiter.join(["label", *(f"pixel{n}" for n in range(784))])] if header else []
    for label in range(classes):
        for image in bars(label, count):
            first = NAMES[label] if words else str(label)
            lines.append(delimiter.join([first, *map(str, image.ravel())]))
    return "\n".join(lines).encode() + b"\n"


def idx(array: NDArray[np.uint8], packed: bool = False) -> bytes:
    """Return an IDX file."""
    content = struct.pack(f">{array.ndim + 1}I", 0x0800 + array.ndim, *array.shape)
    content += array.tobytes()
    return gzip.compress(content, 1) if packed else content


def labelled(classes: int = 3, count: int = 6) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return images uint8 [n, 28, 28] and labels uint8 [n]."""
    images = np.concatenate([bars(label, count) for label in range(classes)])
    return images, np.repeat(np.arange(classes), count).astype(np.uint8)


def npz(**arrays: Any) -> bytes:
    """Return an `.npz` file."""
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()
