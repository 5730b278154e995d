"""HDF5 in pure Python: what h5py wrote comes back, and hostile files end with a sentence."""

import io
import struct
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import h5py
import numpy as np
import pytest

from tests.support.keras_files import OURS, PLAIN, dense, keras_file, sequential, weights
from training.keras_import.archive import KerasFileError, read_keras_file
from training.keras_import.hdf5 import DAMAGE, MAX_VISITS, SIGNATURE, Hdf5File, Node

KERNEL = "layers/dense/vars/0"


def written(write: Callable[[h5py.File], None], **options: Any) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w", **options) as out:
        write(out)
    return file.getvalue()


def root(write: Callable[[h5py.File], None], **options: Any) -> Node:
    return Hdf5File(written(write, **options)).root


# -- what Keras writes ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", ">f4", ">f8"])
@pytest.mark.parametrize("shape", [(), (1,), (7, 3), (0, 4), (784, 12)])
def test_arrays_come_back(dtype: str, shape: tuple[int, ...]) -> None:
    given = np.random.default_rng(0).normal(0, 1, shape).astype(dtype)
    node = root(lambda file: file.create_dataset("a/b", data=given)).child("a", "b")
    assert node is not None
    if given.size:  # an empty array has no place in the file
        assert np.array_equal(node.array(shape), given.astype(np.float32))  # type: ignore[arg-type]
    assert node.array((*shape, 1)) is None


def test_groups_of_any_size_and_names_in_any_script() -> None:
    names = [*(f"layer_{i}" for i in range(500)), "隐藏层", "x" * 300]

    def write(file: h5py.File) -> None:
        for i, name in enumerate(names[:500]):
            file[f"{name}/0"] = np.full(2, i, np.float32)
        for name in names[500:]:
            file[f"named/{name}"] = np.zeros(1, np.float32)

    found = root(write)
    for i in (0, 1, 250, 499):
        assert np.array_equal(found.child(f"layer_{i}", "0").array((2,)), [i, i])  # type: ignore
    assert all(found.child("named", name) for name in names[500:])
    assert found.child("layer_500") is None and found.child("layer_1", "0", "x") is None


def test_texts_of_attributes() -> None:
    long = "ä" * 200_000

    def write(file: h5py.File) -> None:
        file.attrs["text"], file.attrs["long"] = "a text", long
        file.attrs["bytes"] = np.bytes_("fixed")
        file.attrs["names"] = [b"dense/kernel:0", b"dense/bias:0"]
        file.attrs["隐藏"] = ["层", ""]
        file.attrs["number"], file.attrs["none"] = 5, np.zeros(0)
        for i in range(60):  # more than the first header block has room for
            file.attrs[f"more_{i}"] = str(i)

    found = root(write)
    assert (found.text("text"), found.text("bytes"), found.text("more_59")) == (
        "a text",
        "fixed",
        "59",
    )
    assert found.text("long") == long
    assert found.texts("names") == ["dense/kernel:0", "dense/bias:0"]
    assert found.texts("隐藏") == ["层", ""]
    assert (found.text("number"), found.texts("none"), found.text("missing")) == (None, [], None)


# -- hostile files -------------------------------------------------------------------------------


def edited(change: Callable[[h5py.File], None]) -> bytes:
    """Return plain weights after a change."""
    file = io.BytesIO(weights(16, 10))
    with h5py.File(file, "r+") as out:
        change(out)
    return file.getvalue()


def replaced(value: Any, **options: Any) -> Callable[[h5py.File], None]:
    """Return a change that puts another array in the kernel's place."""

    def change(file: h5py.File) -> None:
        del file[KERNEL]
        file.create_dataset(KERNEL, data=value, **options)

    return change


def declared(shape: tuple[int, ...], **options: Any) -> Callable[[h5py.File], None]:
    """Return a change that declares an array of this shape without its content."""

    def change(file: h5py.File) -> None:
        del file[KERNEL]
        file.create_dataset(KERNEL, shape, np.float32, **options)

    return change


def linked(link: Any) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[KERNEL]
        file[KERNEL] = link

    return change


def _loop(file: h5py.File) -> None:
    del file["layers/dense"]
    file["layers/dense"] = file["layers"]


SECRET = [(str(OURS / "weights.npz"), 0, h5py.h5f.UNLIMITED)]
RIGHT = np.zeros((784, 16), np.float32)


def test_names_that_other_releases_of_keras_give_groups() -> None:
    """Keras 2.13 has another name for layers, and on Windows backslashes in place of groups."""

    def renamed(file: h5py.File) -> None:
        file.move("layers", "_layer_checkpoint_dependencies")

    def on_windows(file: h5py.File) -> None:
        for name in ("dense", "dense_1"):
            file.move(f"layers/{name}", f"layers\\{name}")
        del file["layers"]

    plain = read_keras_file(keras_file(sequential(PLAIN)))
    for change in (renamed, on_windows):
        found = read_keras_file(keras_file(sequential(PLAIN), edited(change)))
        assert np.array_equal(found.dense[1].kernel, plain.dense[1].kernel)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (replaced(np.full((784, 16), np.nan, np.float32)), "not numbers"),
        (replaced(np.full((784, 16), 1e300)), "not numbers"),
        (replaced(np.zeros((784, 5), np.float32)), "another shape"),
        (replaced(np.zeros((16, 784), np.float32)), "another shape"),
        (replaced(np.zeros(784 * 16, np.float32)), "another shape"),
        (replaced(np.zeros((784, 16), np.int32)), "not plain numbers"),
        (replaced(np.full((784, 16), b"weight")), "not plain numbers"),
        (replaced(np.zeros((784, 16), np.complex64)), "not plain numbers"),
        (replaced("text"), "another shape"),
        (replaced(RIGHT, compression="gzip"), "not stored as Keras does it"),
        (replaced(RIGHT, chunks=(28, 16)), "not stored as Keras does it"),
        (replaced(RIGHT, fletcher32=True), "not stored as Keras does it"),
        (declared((784, 16)), "cannot be read"),
        (declared((784, 16), external=SECRET), "not stored as Keras does it"),
        (declared((2**40, 2**40), chunks=(1, 1), compression="gzip"), "not stored as Keras"),
        (declared((2**40, 2**20), chunks=(1, 1)), "another shape"),
        (linked(h5py.ExternalLink(str(OURS / "model.keras"), "/")), "has links"),
        (linked(h5py.SoftLink("/layers/dense/vars/0")), "has links"),
        (linked(h5py.SoftLink("/nowhere")), "has links"),
        (_loop, "weights are missing"),
        (lambda file: file.move("layers", "others"), "weights are missing"),
        (lambda file: file.__delitem__("layers/dense/vars/1"), "weights are missing"),
    ],
)
def test_hostile_weights_get_a_sentence(change: Callable[[h5py.File], None], words: str) -> None:
    with pytest.raises(KerasFileError, match=words):
        read_keras_file(keras_file(sequential(PLAIN), edited(change)))


def test_a_newer_format_gets_a_sentence() -> None:
    new = written(lambda file: file.create_group("layers"), libver="latest")
    with pytest.raises(KerasFileError, match="in a newer format"):
        read_keras_file(new)


def test_only_weights_get_a_sentence() -> None:
    with pytest.raises(KerasFileError, match=r"only weights.*model\.save"):
        read_keras_file(weights(16, 10))
    other = written(lambda file: file.create_dataset("x", data=[1.0]))
    with pytest.raises(KerasFileError, match="not a model file of Keras"):
        read_keras_file(other)


def test_every_cut_and_every_changed_byte_ends_soon_and_with_a_sentence() -> None:
    """A small legacy file: the structure is most of it, so that changes hit it."""

    def write(file: h5py.File) -> None:
        file.attrs["model_config"] = '{"class_name": "Sequential", "config": []}'
        group = file.create_group("model_weights/dense")
        group.attrs["weight_names"] = ["dense/kernel:0"]
        group["dense/kernel:0"] = np.ones((3, 2), np.float32)

    content = written(write)
    random = np.random.default_rng(0)
    cuts = [content[:n] for n in range(0, len(content), 97)]
    changes = [
        content[:at] + bytes([value]) + content[at + 1 :]
        for at in range(8, len(content))
        for value in ({content[at] ^ 0xFF, int(random.integers(256))} if content[at] else {255})
    ]
    began, survived = time.process_time(), 0
    for damaged in (*cuts, *changes[:: max(1, len(changes) // 3_000)]):
        try:
            place = Hdf5File(damaged).root
            place.text("model_config")
            node = place.child("model_weights", "dense")
            names = node.texts("weight_names") if node else []
            kernel = node.child(*names[0].split("/")) if node and names else None
            if kernel is not None:
                kernel.array((3, 2))
            survived += 1
        except (KerasFileError, *DAMAGE):
            pass
        if damaged.startswith(SIGNATURE):
            with pytest.raises(KerasFileError):
                read_keras_file(damaged)
    assert survived, "some bytes do not matter"
    assert time.process_time() - began < 20


def test_addresses_that_go_in_circles_end_soon() -> None:
    content = bytearray(written(lambda file: file.create_group("a")))
    tree = content.index(b"TREE")
    content[tree + 5] = 1  # its only child is a tree again: itself
    content[tree + 32 : tree + 40] = struct.pack("<Q", tree)
    began = time.process_time()
    with pytest.raises(KerasFileError, match="more parts than a model needs"):
        read_keras_file(bytes(content))
    assert time.process_time() - began < 1


def test_a_header_that_continues_in_itself_ends_soon() -> None:
    """A million messages of no length, and a continuation that points back to them."""
    start = 96
    block = bytearray(8 * 100_000)
    block[:8] = struct.pack("<HHB3x", 0x10, 16, 0)
    block[8:24] = struct.pack("<QQ", start + 16, len(block))
    header = struct.pack("<BxHII4x", 1, 1, 1, len(block))
    superblock = SIGNATURE + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + bytes(48)
    superblock += struct.pack("<Q", start) + bytes(24)
    assert len(superblock) == start and MAX_VISITS < 100_000
    began = time.process_time()
    with pytest.raises(KerasFileError, match="more parts than a model needs"):
        read_keras_file(superblock + header + bytes(block))
    assert time.process_time() - began < 10


def test_a_file_within_the_limits_is_read_in_no_time() -> None:
    large = keras_file(
        sequential([PLAIN[0], PLAIN[1], *_dense(2048, 1024, 512, 10)]), weights(2048, 1024, 512, 10)
    )
    began = time.process_time()
    assert read_keras_file(large).recipe("", "digits").parameters > 4_000_000
    assert time.process_time() - began < 2


def _dense(*units: int) -> list[Any]:
    ends = [*("relu" for _n, _m in pairwise(units)), "softmax"]
    return [dense(n, name) for n, name in zip(units, ends, strict=True)]
