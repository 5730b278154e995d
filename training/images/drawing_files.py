"""Labelled drawings as images and files: JSON strokes, or pictures in a ZIP.

A file may come from anybody: its size, number and every value are checked first, and it is read in
slices, within a budget of work. Each drawing of it is read or named. Any thread, one at a time.
"""

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model_store.classroom.drawing import Drawing, DrawingError
from model_store.text import _, ngettext
from training.images import photo
from training.images.digit_likeness import is_like_a_digit
from training.images.drawing_images import prepared_image
from training.images.photo import PhotoError, read_photo
from training.images.picture_names import is_picture, is_rubbish, label
from training.images.preprocess import ALL_STEPS, BlankDrawing

FORMAT = "softmax-lab drawings"
VERSION = 1
MAX_BYTES = 20_000_000
MAX_DRAWINGS = 5_000
MAX_DIRECTORY = 2_000_000  # bytes of a ZIP's list of files
MAX_LISTS = 500_000  # in a JSON file: points and strokes
BUDGET = 60.0  # seconds of the processor for one file
SHOWN = 96  # pixels of the longer side of a picture as it came
NAMED = 5  # names in a sentence


def to_json(drawings: Sequence[Drawing]) -> bytes:
    """Return a file for `read`: strokes or pixels, without owners."""
    listed = [drawing.to_dict() for drawing in drawings]
    return json.dumps({"format": FORMAT, "version": VERSION, "drawings": listed}).encode()


def to_zip(drawings: Sequence[Drawing]) -> bytes:
    """Return a ZIP of the prepared images as PNG: `7/0123456789abcdef.png`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for drawing in drawings:
            png = io.BytesIO()
            Image.fromarray(prepared_image(drawing)).save(png, "PNG")
            archive.writestr(f"{drawing.label}/{drawing.id}.png", png.getvalue())
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Item:
    """A drawing of a file: its name there, and how it was read, or the reason `why` it was not.

    `before` is the picture as it came, uint8 [height, width], None for strokes; `notes` are
    sentences about it, `left_out` names what was on the paper besides.
    """

    name: str
    drawing: Drawing | None = None
    before: NDArray[np.uint8] | None = None
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    why: str = ""


class DrawingFile:
    """A file of drawings that is read in slices: `items` grows with each call of `read`."""

    def __init__(
        self,
        content: bytes,
        owner: str,
        known: Iterable[str] = (),
        room: int = MAX_DRAWINGS,
        clock: Callable[[], float] = time.thread_time,
    ) -> None:
        """Look at a file like those of `to_json` and `to_zip`; its drawings get this owner.

        Pictures that `to_zip` named by an id in `known` are not read again. Reading ends after
        `room` drawings.

        Raises:
            DrawingError: if it is too large, or nothing in it can be a drawing.
        """
        if len(content) > MAX_BYTES:
            raise DrawingError(
                _("The file is larger than {n} MB.").format(n=MAX_BYTES // 1_000_000)
            )
        self.items: list[Item] = []
        self.total = 0
        self.is_done = False
        self._owner = owner
        self._known = frozenset(known)
        self._room = room
        self._clock = clock
        self._used = 0.0
        self._end = ""
        self._ids: set[str] = set()
        self._same = self._already = 0
        self._no_picture: list[str] = []
        self._unnamed: list[str] = []
        self._work = self._zip(content) if content[:2] == b"PK" else self._json(content)

    @property
    def drawings(self) -> list[Drawing]:
        """Drawings that were read."""
        return [item.drawing for item in self.items if item.drawing]

    @property
    def refused(self) -> list[Item]:
        """Items that could not be read."""
        return [item for item in self.items if not item.drawing]

    @property
    def seen(self) -> int:
        """Number of drawings looked at, of `total`."""
        return len(self.items) + self._same + self._already

    def read(self, seconds: float) -> bool:
        """Read on for about so many seconds of the processor; return True at the end."""
        start = self._clock()
        while not self.is_done:
            item = next(self._work, None)
            spent = self._clock() - start
            if item is not None and item.drawing and item.drawing.id in self._ids:
                self._same += 1
            elif item is not None:
                self.items.append(item)
                self._ids |= {item.drawing.id} if item.drawing else set()
            if item is None or self.seen >= self.total:
                self.is_done = True
            elif len(self._ids - self._known) >= self._room:
                self._finish(
                    _("You can add {n} drawings now: the first of the file were read.").format(
                        n=self._room
                    )
                )
            elif self._used + spent > BUDGET:
                self._finish(
                    _("The file takes too much work. Make the pictures smaller, or fewer.")
                )
            elif spent >= seconds:
                break
        self._used += self._clock() - start
        return self.is_done

    def stop(self) -> None:
        """Read no further."""
        self._finish(_("You stopped reading."))

    def _finish(self, reason: str) -> None:
        left = self.total - self.seen
        text = ngettext("{n} drawing was not read.", "{n} drawings were not read.", left)
        self._end = f"{reason} {text.format(n=f'{left:,}')}" if left else ""
        self.is_done = True

    def remarks(self) -> list[str]:
        """Return sentences about everything in the file that is not among the drawings."""
        found = [self._end] if self._end else []
        if n := self._same:
            text = ngettext(
                "{n} drawing is a copy of another.", "{n} drawings are copies of others.", n
            )
            found.append(text.format(n=f"{n:,}"))
        if n := self._already:
            text = ngettext(
                "{n} drawing is in the class already.", "{n} drawings are in the class already.", n
            )
            found.append(text.format(n=f"{n:,}"))
        if names := self._unnamed:
            text = ngettext(
                "{n} picture has no digit in its name: {names}. Call it 7_anna.png, or put it into "
                "a folder 7.",
                "{n} pictures have no digit in their names: {names}. Call them 7_anna.png, or put "
                "them into a folder 7.",
                len(names),
            )
            found.append(text.format(n=f"{len(names):,}", names=_listed(names)))
        if names := self._no_picture:
            text = ngettext(
                "{n} file is no picture: {names}.",
                "{n} files are no pictures: {names}.",
                len(names),
            )
            found.append(text.format(n=f"{len(names):,}", names=_listed(names)))
        return found

    def _json(self, content: bytes) -> Iterator[Item]:
        if content.count(b"[") > MAX_LISTS:
            raise DrawingError(
                _("The file has too many points: at most {n:,} can be loaded at once.").format(
                    n=MAX_LISTS
                )
            )
        listed = _listed_drawings(content)
        self.total = _checked_number(len(listed))
        return (self._from_dict(number, item) for number, item in enumerate(listed, 1))

    def _from_dict(self, number: int, raw: object) -> Item:
        name = _("drawing {n}").format(n=number)
        try:
            drawing = Drawing.from_dict(raw, self._owner)
            if prepared_image(drawing).any():
                return Item(name, drawing)
            return Item(name, why=_("There is too little ink to see."))
        except DrawingError as error:
            return Item(name, why=str(error))

    def _zip(self, content: bytes) -> Iterator[Item]:
        try:
            at = content.rfind(b"PK\x05\x06")
            if at < 0 or int.from_bytes(content[at + 12 : at + 16], "little") > MAX_DIRECTORY:
                raise DrawingError(_("The ZIP archive has too many files, or is not complete."))
            archive = zipfile.ZipFile(io.BytesIO(content))
        except DrawingError:
            raise
        except Exception as error:  # a hostile archive makes zipfile raise nearly anything
            raise _unreadable(error) from None
        pictures = []
        for info in archive.infolist():
            if is_rubbish(info.filename):
                continue
            if not is_picture(info.filename):
                self._no_picture.append(info.filename)
            elif label(info.filename) is None:
                self._unnamed.append(info.filename)
            else:
                pictures.append(info)
        if not pictures:
            raise DrawingError(" ".join([_("The file has no drawings."), *self.remarks()]))
        self.total = _checked_number(len(pictures))
        return self._pictures(archive, pictures)

    def _pictures(
        self, archive: zipfile.ZipFile, files: Sequence[zipfile.ZipInfo]
    ) -> Iterator[Item]:
        contents: set[bytes] = set()
        for info in files:
            name = info.filename
            if name.rpartition("/")[2].rpartition(".")[0] in self._known:
                self._already += 1
                continue
            try:
                with archive.open(info) as file:
                    data = file.read(photo.MAX_BYTES + 1)
            except Exception as error:  # as above
                yield Item(_shown(name), why=str(_unreadable(error)))
                continue
            digest = hashlib.sha256(data).digest()
            if digest in contents:
                self._same += 1
                continue
            contents.add(digest)
            yield self._picture(name, data)

    def _picture(self, name: str, data: bytes) -> Item:
        try:
            read = read_photo(data)
            pixels = read.prepare(ALL_STEPS).centred
        except (PhotoError, BlankDrawing) as error:
            return Item(_shown(name), why=str(error))
        step = max(1, -(-max(read.grey.shape) // SHOWN))
        before = np.ascontiguousarray(read.grey[::step, ::step])
        drawing = Drawing(label(name) or 0, pixels=pixels.tobytes(), owner=self._owner)
        notes = read.notes
        if not is_like_a_digit(pixels):
            notes = (*notes, _("It looks unlike a digit: look at it before you add it."))
        return Item(_shown(name), drawing, before, notes, read.left_out)


def _listed_drawings(content: bytes) -> list[object]:
    try:
        raw = json.loads(content)
    except (ValueError, RecursionError):
        raise DrawingError(_("The file is neither JSON nor a ZIP archive of pictures.")) from None
    if isinstance(raw, list):
        raise DrawingError(
            _(
                "The file is a list of pen strokes, which only the command line reads: python -m "
                "training --strokes FILE. This page reads files like those that it writes."
            )
        )
    listed = raw.get("drawings") if isinstance(raw, dict) and raw.get("format") == FORMAT else None
    if not isinstance(listed, list):
        raise DrawingError(_("The file has no drawings of this app."))
    if raw.get("version") != VERSION:
        raise DrawingError(_("The file was written by another version of this app."))
    return listed


def _checked_number(count: int) -> int:
    if count == 0:
        raise DrawingError(_("The file has no drawings."))
    if count > MAX_DRAWINGS:
        raise DrawingError(
            _("The file has {n} drawings; {most} can be loaded at once.").format(
                n=f"{count:,}", most=f"{MAX_DRAWINGS:,}"
            )
        )
    return count


def _unreadable(error: Exception) -> DrawingError:
    return DrawingError(
        _("The ZIP archive cannot be read ({why}).").format(why=type(error).__name__)
    )


def _listed(names: Sequence[str]) -> str:
    """Return the first names."""
    shown = [_shown(name) for name in names[:NAMED]]
    return ", ".join([*shown, "…"] if len(names) > NAMED else shown)


def _shown(name: str) -> str:
    """Return the end of a name that can be shown anywhere."""
    return name[-60:].encode("utf-8", "replace").decode()
