"""Data sets in every format that people bring, and hostile files: one sentence each."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
import pytest
from PIL import Image

from tests.support.own_files import archive, csv, folders, idx, labelled, npz, png, sign, signs
from tests.support.own_sets import NAMES, about, bars, made_up_set
from training.data import found_pictures
from training.data.datasets import ARRAY_NAMES
from training.data.found_pictures import PLAIN, PREPARED, Collector, Found, OwnDataError
from training.data.own_files import read_files
from training.data.own_sets import pack

IMAGES, LABELS = labelled()


def read(*contents: bytes, name: str = "data", way: str = PLAIN, **how: Any) -> Found:
    """Read files whose names say nothing."""
    files: list[tuple[str, BinaryIO]] = [
        (f"{name}{n}", io.BytesIO(content)) for n, content in enumerate(contents)
    ]
    return read_files(files, Collector(way=way, **how))


def expect_the_bars(found: Found, names: tuple[str, ...] = ("0", "1", "2")) -> None:
    """Check that a set is that of `labelled`, in any order."""
    assert found.names == names
    assert found.counts().tolist() == [6, 6, 6]
    assert not found.left_out
    for label in range(3):
        mine = {image.tobytes() for image in found.images[found.labels == label]}
        assert mine == {image.tobytes() for image in bars(label, 6)}
    assert {sample.label for sample in found.samples} == {0, 1, 2}


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_as_kaggle_gives_mnist(header: bool, delimiter: str) -> None:
    expect_the_bars(read(csv(header=header, delimiter=delimiter)))


def test_labels_of_a_csv_file_can_be_words() -> None:
    found = read(csv(words=True))
    assert found.names == ("a fish", "cat", "dog")
    assert read(b"\xef\xbb\xbf" + csv(header=False)).names == ("0", "1", "2")
    assert read(csv().replace(b"\n0,", b"\n0.0,")).names == ("0", "1", "2")


@pytest.mark.parametrize("packed", [True, False])
def test_idx_files_packed_or_not_in_any_order(packed: bool) -> None:
    expect_the_bars(read(idx(IMAGES, packed), idx(LABELS, packed)))
    expect_the_bars(read(idx(LABELS, packed), idx(IMAGES, packed)))


def test_idx_files_that_say_which_are_the_test() -> None:
    files = {
        "train-images-idx3-ubyte": idx(IMAGES[::2]),
        "t10k-labels-idx1-ubyte": idx(LABELS[1::2]),
        "train-labels-idx1-ubyte": idx(LABELS[::2]),
        "t10k-images-idx3-ubyte": idx(IMAGES[1::2]),
    }
    found = read_files([(n, io.BytesIO(c)) for n, c in files.items()], Collector())
    expect_the_bars(found)
    arrays = found.split(0.2, 0)
    assert {image.tobytes() for image in arrays["x_test"]} == {
        image.tobytes() for image in IMAGES[1::2]
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x,
        lambda x: x[..., None],
        lambda x: x.reshape(len(x), 784),
        lambda x: (x / np.float32(255)).astype(np.float32),
        lambda x: x.astype(np.int64),
        lambda x: np.repeat(x[..., None], 3, -1),
    ],
)
def test_npz_in_keras_layout(change: Callable[[Any], Any]) -> None:
    x, y = change(IMAGES), LABELS[:, None]
    expect_the_bars(read(npz(x=x, y=y)))
    found = read(npz(x_train=x[::2], y_train=y[::2], x_test=x[1::2], y_test=y[1::2]))
    expect_the_bars(found)
    assert found.is_test is not None
    assert found.is_test.sum() == 9


def test_a_set_that_was_exported_here_comes_back() -> None:
    arrays = made_up_set(3)
    found = read(pack(arrays, about(3)))
    assert found.names == ("a fish", "cat", "dog"), "in the order of the alphabet"
    again = found.split(0.5, 1)
    assert {image.tobytes() for image in again["x_test"]} == {
        image.tobytes() for image in arrays["x_test"]
    }


def test_a_zip_of_folders_as_keras_reads_it() -> None:
    found = read(archive(folders()))
    assert found.names == ("a fish", "cat", "dog")
    assert found.counts().tolist() == [6, 6, 6]
    mine = {image.tobytes() for image in found.images[found.labels == 1]}
    assert mine == {image.tobytes() for image in bars(0, 6)}, "28 x 28 stays as it is"


def test_folders_can_say_which_are_the_test() -> None:
    files = {
        f"{'test' if n % 3 == 0 else 'train'}/{name}/{n}.png": png(bars(label, 1, n)[0])
        for label, name in enumerate(NAMES[:3])
        for n in range(6)
    }
    arrays = read(archive(files)).split(0.5, 0)
    assert (len(arrays["x_train"]), len(arrays["x_test"])) == (12, 6)


def test_pictures_of_other_sizes_are_shrunk_or_prepared() -> None:
    mixed = {
        f"{name}/{n}.{kind.lower()}": png(sign(name, size=30 + 40 * n), kind)
        for name in ("cross", "bar")
        for n, kind in enumerate(("PNG", "BMP", "JPEG", "GIF", "WEBP"))
    }
    for way, paper in ((PLAIN, 255), (PREPARED, 0)):
        found = read(archive(mixed), way=way)
        assert found.images.shape == (10, 28, 28)
        assert np.median(found.images) == paper
    swapped = read(archive(mixed), inverted=True)
    assert np.median(swapped.images) == 0


def test_a_prepared_sign_is_light_on_dark_and_in_the_middle() -> None:
    found = read(signs(4), way=PREPARED)
    assert found.names == ("bar", "box", "cross", "dash", "roof")
    bar = found.images[found.labels == 0][0]
    rows, columns = np.nonzero(bar > 127)
    assert np.ptp(rows) > 3 * np.ptp(columns), "a bar stays a bar"
    assert abs(columns.mean() - 14) < 1.5
    (sample, *_rest) = found.samples
    assert sample.before.mean() > 127 > sample.after.mean()


def test_paper_is_put_behind_a_transparent_picture() -> None:
    clear = Image.new("RGBA", (28, 28), (0, 0, 0, 0))
    clear.putpixel((3, 3), (0, 0, 0, 255))
    files = {f"{name}/{n}.png": png(clear) for name in "ab" for n in range(2)}
    found = read(archive(files))
    assert found.images[0, 3, 3] == 0
    assert found.images[0, 20, 20] == 255


# -- what is left out --------------------------------------------------------------------------


def test_what_is_left_out_is_counted_and_named() -> None:
    files = folders() | {
        "zoo/cat/notes.txt": b"hello",
        "zoo/cat/broken.png": png(IMAGES[0])[:60],
        "zoo/dog/fake.jpg": b"not a picture",
        "alone.png": png(IMAGES[0]),
        "../../etc/passwd.png": png(IMAGES[0]),
        "/root/x.png": png(IMAGES[0]),
        "C:\\x\\y.png": png(IMAGES[0]),
        "__MACOSX/zoo/cat/._0.png": b"",
        "zoo/cat/.DS_Store": b"",
        "zoo/dog/Thumbs.db": b"",
    }
    found = read(archive(files))
    assert len(found.images) == 18
    said = {each.reason: (each.count, each.examples) for each in found.left_out}
    assert said["It is no picture."] == (1, ("zoo/cat/notes.txt",))
    assert said["It is no picture, or it is damaged."][0] == 2
    assert said["It is in no folder, so it has no class."] == (1, ("alone.png",))
    assert said["Its name leads out of the ZIP."][0] == 3
    assert sum(count for count, _names in said.values()) == 7


def test_a_blank_picture_cannot_be_prepared_and_is_left_out() -> None:
    files = {f"{name}/{n}.png": png(sign(name)) for name in ("bar", "dash") for n in range(3)}
    found = read(
        archive(files | {"bar/blank.png": png(np.full((50, 50), 255, np.uint8))}), way=PREPARED
    )
    assert [each.examples for each in found.left_out] == [("bar/blank.png",)]


def test_a_csv_file_that_was_cut_short_lacks_its_last_line_alone() -> None:
    whole = csv()
    found = read(whole[:-500])
    assert found.counts().tolist() == [6, 6, 5]
    (out,) = found.left_out
    assert "784 numbers" in out.reason
    assert out.examples == ("line 19",)


@pytest.mark.parametrize("bad", ["256", "-1", "3.5", "x", "nan", "1e9", ""])
def test_a_line_with_other_numbers_is_left_out(bad: str) -> None:
    line = ",".join(["1", bad, *["0"] * 783])
    found = read(csv() + line.encode())
    (out,) = found.left_out
    assert "0 to 255" in out.reason
    assert len(found.images) == 18


# -- hostile files -----------------------------------------------------------------------------


def many_folders(count: int) -> bytes:
    """A ZIP with a picture in each of many folders."""
    picture = png(IMAGES[0])
    return archive((f"{n}/x.png", picture) for n in range(count))


def encrypted() -> bytes:
    """A ZIP whose pictures say that they need a password."""
    content = bytearray(archive(folders()))
    at = 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        content[at + 8] |= 1
        at += 4
    return bytes(content)


def bomb() -> bytes:
    """A ZIP of 4 MB that unpacks to 1.01 GB."""
    zeros = bytes(14_000_000)
    files = [(f"{'ab'[n % 2]}/{n}.png", zeros) for n in range(72)]
    return archive(files, compression=zipfile.ZIP_DEFLATED, compresslevel=1)


def declared(*shape: int) -> bytes:
    """An IDX file that says more than it has."""
    return struct.pack(f">{len(shape) + 1}I", 0x0800 + len(shape), *shape) + bytes(100)


HOSTILE: list[tuple[list[bytes] | Callable[[], list[bytes]], str]] = [
    ([], "Choose a file"),
    ([b""], "is empty"),
    ([b"\x7fELF\x02" * 9], "no ZIP, CSV, IDX or .npz"),
    ([b"hello"], "no ZIP, CSV, IDX or .npz"),
    (lambda: [many_folders(10_000)], "2 to 10 classes; this one has 10,000"),
    ([archive({"a/1.png": png(IMAGES[0]), "a/2.png": png(IMAGES[1])})], "this one has 1"),
    ([archive({"Cat/1.png": b"", "cat/1.png": b""})], "Two folders have one name: Cat and cat"),
    ([archive({"a b/1.png": b"", "a  b/1.png": b""})], "Two folders have one name"),
    ([archive({"../a/1.png": png(IMAGES[0]), "../b/1.png": png(IMAGES[0])})], "leads out"),
    ([archive({})], "no picture in it"),
    ([archive({"a/x.txt": b"1", "b/y.txt": b"2"})], "no picture in it that can be used. It is no"),
    ([archive({"a/1.png": b"x", "b/1.png": b"y"})], "damaged"),
    ([archive({f"{c}/1.png": png(IMAGES[0]) for c in "ab"})], "class a has only one picture"),
    ([archive(folders())[:-30]], "not complete"),
    ([b"PK\x03\x04" + bytes(200)], "not complete"),
    ([encrypted()], "needs a password"),
    (lambda: [bomb()], "unpacks to more than"),
    ([csv(1)], "this one has 1"),
    ([csv(3, 1)], "only one picture"),
    ([b"label,pixel0\n"], "no picture in it"),
    ([b"a,b,c\n1,2,3\n"], "784 numbers"),
    ([b"1," * 20_000], "too long"),
    ([csv(header=False)[:400]], "no picture in it"),
    ([idx(IMAGES)], "in pairs"),
    ([idx(IMAGES), idx(IMAGES)], "in pairs"),
    ([idx(IMAGES), idx(LABELS[:-1])], "no file has as many labels"),
    ([idx(IMAGES)[:-1], idx(LABELS)], "Upload it again"),
    ([idx(IMAGES, packed=True)[:-20], idx(LABELS)], "not complete"),
    ([declared(3_000_000_000, 28, 28), idx(LABELS)], "too large"),
    ([declared(70_000, 28, 28), idx(LABELS)], "Upload it again"),
    ([declared(10, 60_000, 60_000), idx(LABELS)], "too large"),
    ([b"\0\0\x0d\x03" + bytes(40), idx(LABELS)], "no IDX file"),
    ([idx(IMAGES), csv()], "Choose one file"),
    ([csv(), csv()], "Choose one file"),
    ([npz(a=IMAGES)], "needs x_train"),
    ([npz(x=IMAGES, y=LABELS[:-1])], "each picture needs one"),
    ([npz(x=IMAGES[:, 0], y=LABELS)], "shape"),
    ([npz(x=IMAGES.astype(float) - 1, y=LABELS)], "0 to 255"),
    ([npz(x=np.full((18, 28, 28), np.nan), y=LABELS)], "0 to 255"),
    ([npz(x=IMAGES, y=LABELS.astype(float))], "one whole number or one word"),
    ([npz(x=IMAGES, y=np.eye(3)[LABELS])], "one whole number or one word"),
    ([npz(x=IMAGES, y=np.arange(18))], "this one has 18"),
    ([npz(x=np.array([{}]), y=LABELS)], "holds objects"),
    (lambda: [npz(x=np.zeros(301_000_000, np.uint8), y=LABELS)], "unpacks to more"),
    ([npz(x=IMAGES, y=LABELS)[:-40]], "damaged"),
    ([npz(x=IMAGES[:0], y=LABELS[:0])], "shape"),
    ([npz(x=IMAGES, y=np.where(LABELS == 0, "Cat", "cat"))], "Two classes have the same name"),
]


@pytest.mark.parametrize(("contents", "sentence"), HOSTILE)
def test_a_hostile_file_gets_one_sentence(
    contents: list[bytes] | Callable[[], list[bytes]], sentence: str
) -> None:
    given = contents if isinstance(contents, list) else contents()
    tracemalloc.start()
    with pytest.raises(OwnDataError, match=sentence) as refused:
        read(*given)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert str(refused.value)[-1] in ".!"
    assert "\n" not in str(refused.value)
    assert most < 100_000_000, "bytes"


def test_an_endless_csv_file_is_not_read_to_its_end() -> None:
    class Endless(io.RawIOBase):
        read_lines = 0

        def readline(self, _limit: int | None = -1) -> bytes:
            self.read_lines += 1
            return b"1,2,3\n"

    from training.data.array_files import read_csv

    file = Endless()
    with pytest.raises(OwnDataError, match="more than 70,000 lines"):
        read_csv(file, Collector())  # type: ignore[arg-type]
    assert file.read_lines < 70_010


def test_reading_ends_when_its_time_is_up() -> None:
    times = iter(range(0, 10_000, 100))
    with pytest.raises(OwnDataError, match="more than 5 minutes"):
        read(archive(folders()), clock=lambda: float(next(times)))


def test_too_many_pictures_to_prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_pictures, "MAX_PREPARED", 17)
    with pytest.raises(OwnDataError, match="18 pictures; at most 17"):
        read(archive(folders()), way=PREPARED)
    assert len(read(archive(folders())).images) == 18


def test_progress_is_reported() -> None:
    said: list[tuple[int, int]] = []
    read(archive(folders()), report=lambda *so_far: said.append(so_far))
    assert said[0] == (0, 18)
    assert said[-1] == (17, 18)


# -- split -------------------------------------------------------------------------------------


def test_the_seed_splits_each_class() -> None:
    found = read(csv(3, 10))
    one, same, other = (found.split(0.3, seed) for seed in (1, 1, 2))
    for key in ARRAY_NAMES:
        np.testing.assert_array_equal(one[key], same[key])
    assert one["x_test"].tobytes() != other["x_test"].tobytes()
    assert np.bincount(one["y_test"]).tolist() == [3, 3, 3]
    assert np.bincount(one["y_train"]).tolist() == [7, 7, 7]
    everything = {image.tobytes() for image in np.concatenate([one["x_train"], one["x_test"]])}
    assert everything == {image.tobytes() for image in found.images}


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 1.0])
def test_no_class_is_without_training_or_test_images(share: float) -> None:
    arrays = read(csv(3, 2)).split(share, 0)
    assert np.bincount(arrays["y_test"]).tolist() == [1, 1, 1]
    assert np.bincount(arrays["y_train"]).tolist() == [1, 1, 1]
