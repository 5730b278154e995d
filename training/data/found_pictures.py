"""Pictures that were found in uploaded files: their classes, samples, and what was left out.

The readers of each format (`picture_archive`, `array_files`) collect pictures one by one here, up
to the limits. NumPy and Pillow only; any thread, one at a time.
"""

from __future__ import annotations

import io
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model_store.classroom.drawing import DrawingError
from model_store.recipe.choices import IMAGE_SIDE
from model_store.recipe.own_data import MAX_CLASSES, MAX_IMAGES, MIN_CLASSES
from model_store.recipe.text import one_line, printable
from model_store.text import N_, _
from training.data.datasets import ByName, DataError
from training.images.photo import PhotoError, read_photo
from training.images.preprocess import ALL_STEPS

Pixels = NDArray[np.uint8]
Report = Callable[[int, int], None]  # pictures so far, of how many

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "WEBP")
MIN_SIDE = 4  # pixels
MAX_PIXELS = 25_000_000
MAX_PREPARED = 5_000  # pictures that are prepared like photos: each takes about 50 ms
MAX_SECONDS = 300.0  # of reading
SAMPLES = 2  # of each class, shown before and after
SAMPLE_SIDE = 84  # pixels of the longer side of a sample
EXAMPLES = 3  # names of files that are given for each reason
LONG_NAME = 60

# How pictures become 28x28: name -> words.
PREPARED, PLAIN = "prepared", "plain"
WAYS = {PREPARED: N_("Prepare like a photo of a drawing"), PLAIN: N_("Take them as they are")}


class OwnDataError(DataError):
    """Files that are no data set; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Files or lines that were left out for one reason: how many, and the names of some."""

    reason: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture as it was in the file, uint8 [height, width], and as it is learned from."""

    label: int
    before: Pixels
    after: Pixels


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: images uint8 [n, 28, 28], labels uint8 [n], and class names.

    `is_test` is bool [n] where the files say themselves which images are for the test, else None.
    """

    names: tuple[str, ...]
    images: Pixels
    labels: NDArray[np.uint8]
    is_test: NDArray[np.bool_] | None
    samples: tuple[Sample, ...]
    left_out: tuple[LeftOut, ...]

    def counts(self) -> NDArray[np.intp]:
        """Return the number of images of each class."""
        return np.bincount(self.labels, minlength=len(self.names))

    def split(self, share: float, seed: int) -> ByName:
        """Return the four arrays of a data set, in an order that `seed` draws.

        `share` of each class's images, one at least, are for the test, unless the files said which.
        """
        rng = np.random.default_rng([seed, 7])
        order = rng.permutation(len(self.labels))
        is_test = np.zeros(len(order), np.bool_)
        if self.is_test is not None:
            is_test = self.is_test[order]
        else:
            for label, count in enumerate(self.counts()):
                places = np.flatnonzero(self.labels[order] == label)
                is_test[places[: min(count - 1, max(1, round(share * count)))]] = True
        train, test = order[~is_test], order[is_test]
        return {
            "x_train": self.images[train],
            "y_train": self.labels[train],
            "x_test": self.images[test],
            "y_test": self.labels[test],
        }


@dataclass
class Collector:
    """Pictures on their way to a `Found`.

    Args:
        way: a key of `WAYS`.
        inverted: light and dark are swapped in pictures that are taken as they are.
        report: gets the number of pictures so far.
        clock: seconds.
    """

    way: str = PLAIN
    inverted: bool = False
    report: Report = lambda _done, _all: None
    clock: Callable[[], float] = time.monotonic
    total: int = 0
    _images: list[Pixels] = field(default_factory=list)
    _labels: list[str] = field(default_factory=list)
    _tests: list[bool] = field(default_factory=list)
    _samples: dict[str, list[tuple[Pixels, Pixels]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _why: Counter[str] = field(default_factory=Counter)
    _which: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _began: float | None = None

    @property
    def classes(self) -> int:
        """Number of classes so far."""
        return len(self._samples)

    def expect(self, count: int) -> None:
        """Refuse a number of pictures that is too large.

        Raises:
            OwnDataError: if it is.
        """
        most = MAX_PREPARED if self.way == PREPARED else MAX_IMAGES
        if count > most:
            sentence = _("There are {n:,} pictures; at most {most:,} are read in this way.")
            raise OwnDataError(sentence.format(n=count, most=most))
        self.total = count

    def leave_out(self, reason: str, name: str) -> None:
        """Note a file or line that is not used."""
        self._why[reason] += 1
        if len(self._which[reason]) < EXAMPLES:
            self._which[reason].append(shown_name(name))

    def tick(self) -> None:
        """Report how far it is.

        Raises:
            OwnDataError: if it takes too long.
        """
        now = self.clock()
        self._began = now if self._began is None else self._began
        if now - self._began > MAX_SECONDS:
            sentence = _("Reading took more than {n} minutes. Use fewer or smaller pictures.")
            raise OwnDataError(sentence.format(n=round(MAX_SECONDS / 60)))
        self.report(len(self._images) + sum(self._why.values()), self.total)

    def add_file(self, content: bytes, label: str, name: str, is_test: bool = False) -> None:
        """Add a picture file; leave it out if it cannot be read."""
        try:
            grey = open_picture(content)
            if self.way == PREPARED:
                self._keep(grey, read_photo(content).prepare(ALL_STEPS).centred, label, is_test)
            else:
                self.add_array(grey, label, name, is_test)
        except (OwnDataError, PhotoError, DrawingError) as error:
            self.leave_out(str(error), name)

    def add_array(self, grey: Pixels, label: str, name: str, is_test: bool = False) -> None:
        """Add a picture, uint8 [height, width]; leave it out if it cannot be prepared."""
        if self.way == PREPARED:
            try:
                self._keep(grey, _prepared(grey), label, is_test)
            except (PhotoError, DrawingError) as error:
                self.leave_out(str(error), name)
            return
        self._keep(grey, _shrunk(255 - grey if self.inverted else grey), label, is_test)

    def _keep(self, before: Pixels, after: Pixels, label: str, is_test: bool) -> None:
        self._images.append(after)
        self._labels.append(label)
        self._tests.append(is_test)
        samples = self._samples[label]
        if len(samples) < SAMPLES and len(self._samples) <= 2 * MAX_CLASSES:
            samples.append((_small(before), after))

    def found(self) -> Found:
        """Return what was collected.

        Raises:
            OwnDataError: if it is no data set.
        """
        if not self._images:
            why = " ".join(each.reason for each in self._left_out()[:2])
            raise OwnDataError(
                _("There is no picture in it that can be used.") + f" {why}".rstrip()
            )
        given = sorted(set(self._labels), key=_natural)
        names = tuple(one_line(printable(label)) for label in given)
        if len({name.casefold() for name in names}) < len(names):
            raise OwnDataError(_("Two classes have the same name. Give each a name of its own."))
        check_number(len(names))
        position = {label: place for place, label in enumerate(given)}
        labels = np.array([position[label] for label in self._labels], np.uint8)
        tests = np.array(self._tests)
        for place, name in enumerate(names):
            mine = labels == place
            if mine.sum() < 2:
                sentence = _("The class {name} has only one picture. It needs two or more.")
                raise OwnDataError(sentence.format(name=name))
            tests_all = tests.any() and (tests[mine].all() or not tests[mine].any())
            if tests_all:
                tests = np.zeros_like(tests)  # no split of the files' own that could be used
        samples = [
            Sample(position[label], *pair) for label in given for pair in self._samples[label]
        ]
        is_test = tests if tests.any() else None
        images = np.stack(self._images)
        return Found(names, images, labels, is_test, tuple(samples), self._left_out())

    def _left_out(self) -> tuple[LeftOut, ...]:
        return tuple(
            LeftOut(reason, count, tuple(self._which[reason]))
            for reason, count in self._why.most_common()
        )


def check_number(classes: int) -> None:
    """Refuse a number of classes that no data set can have.

    Raises:
        OwnDataError: if it is one.
    """
    if not MIN_CLASSES <= classes <= MAX_CLASSES:
        sentence = _("A data set has {least} to {most} classes; this one has {n:,}.")
        raise OwnDataError(sentence.format(least=MIN_CLASSES, most=MAX_CLASSES, n=classes))


def shown_name(name: str) -> str:
    """Return a file's name as it can be shown: one line, its end if it is long."""
    text = one_line(printable(name))
    return text if len(text) <= LONG_NAME else f"…{text[-LONG_NAME:]}"


def open_picture(content: bytes) -> Pixels:
    """Return a picture file in grey, uint8 [height, width], transparent parts on white.

    Raises:
        OwnDataError: if it is too large, too small, damaged or no picture.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if not min(image.size) >= MIN_SIDE or image.width * image.height > MAX_PIXELS:
                sentence = _("It has less than {n} pixels on a side, or more than {mpx} million.")
                raise OwnDataError(sentence.format(n=MIN_SIDE, mpx=MAX_PIXELS // 10**6))
            if "A" in image.getbands() or "transparency" in image.info:
                ink = image.convert("RGBA")
                paper = Image.new("RGBA", image.size, "white")
                return np.asarray(Image.alpha_composite(paper, ink).convert("L"))
            if image.mode.startswith("I"):
                deep = np.clip(np.asarray(image), 0, 65535)
                return (deep >> 8).astype(np.uint8)
            return np.asarray(image.convert("L"))
    except OwnDataError:
        raise
    except Exception:  # a hostile file makes Pillow raise nearly anything
        raise OwnDataError(_("It is no picture, or it is damaged.")) from None


def _prepared(grey: Pixels) -> Pixels:
    """Prepare a picture that is not a file, as `read_photo` does a file."""
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    return read_photo(file.getvalue()).prepare(ALL_STEPS).centred


def _shrunk(grey: Pixels) -> Pixels:
    """Return 28x28 as it is, any other size resized, averaging the area of each pixel."""
    if grey.shape == (IMAGE_SIDE, IMAGE_SIDE):
        return grey
    larger = min(grey.shape) >= IMAGE_SIDE
    method = Image.Resampling.BOX if larger else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(grey).resize((IMAGE_SIDE, IMAGE_SIDE), method))


def _small(grey: Pixels) -> Pixels:
    image = Image.fromarray(grey)
    image.thumbnail((SAMPLE_SIDE, SAMPLE_SIDE))
    return np.asarray(image)


def _natural(label: str) -> tuple[bool, int, str]:
    """Order numbers by their value, before words."""
    is_number = label.isascii() and label.isdigit() and len(label) < 10
    return not is_number, int(label) if is_number else 0, label


def stem(name: str) -> str:
    """Return the name of a file or folder without its folder."""
    return PurePosixPath(name.replace("\\", "/")).name
