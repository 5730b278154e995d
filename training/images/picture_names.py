"""Labels in the names of pictures: `7/anna.png`, `digit7.jpg`, `7 (2).png`, `seven/1.png`. Pure."""

import re
from pathlib import PurePosixPath

KINDS = frozenset({".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp"})
WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *"零一二三四五六七八九",
)
_WORD = {word: i % 10 for i, word in enumerate(WORDS)}
_BEFORE = r"(?:digits?|class|label|number|num|no|数字)?[ _.-]*"
_DIGIT = rf"(?P<digit>[0-9])|(?P<word>{'|'.join(WORDS)})"
_FOLDER = re.compile(rf"{_BEFORE}(?:{_DIGIT})s?", re.IGNORECASE)
_FILE = re.compile(rf"{_BEFORE}(?:{_DIGIT})(?:[ _.(-].*)?", re.IGNORECASE | re.DOTALL)


def is_rubbish(name: str) -> bool:
    """True for folders, and for files that systems add to archives."""
    parts = PurePosixPath(name).parts
    if not parts or name.endswith("/") or "__MACOSX" in parts:
        return True
    return parts[-1].startswith("._") or parts[-1] in (".DS_Store", "Thumbs.db", "desktop.ini")


def is_picture(name: str) -> bool:
    """True if the name ends as a picture's does."""
    return PurePosixPath(name).suffix.lower() in KINDS


def label(name: str) -> int | None:
    """Return the digit that the nearest folder names, else the file's own name; None without one.

    A folder counts first: in `7/1.png` the 1 is a number of pictures.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    for folder in reversed(path.parent.parts):
        if found := _FOLDER.fullmatch(folder.strip()):
            return _value(found)
    found = _FILE.fullmatch(path.stem.strip())
    return _value(found) if found else None


def _value(found: re.Match[str]) -> int:
    return int(found["digit"]) if found["digit"] else _WORD[found["word"].lower()]
