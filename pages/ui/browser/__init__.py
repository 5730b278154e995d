"""JavaScript and CSS of the pages, without a build step.

Imports nothing.
"""

import hashlib
from functools import cache
from pathlib import Path

STYLE = "style.css"  # of all pages
_HERE = Path(__file__).parent


def read(name: str) -> str:
    """Return the text of one file of this package.

    Raises:
        FileNotFoundError: if there is no such file.
    """
    return (_HERE / name).read_text(encoding="utf-8")


def path(name: str) -> Path:
    """Return the path of one file of this package: `st.html` reads a style sheet by itself."""
    return _HERE / name


@cache
def scripts() -> tuple[str, ...]:
    """Return the names of all scripts, such as "reader.js"."""
    return tuple(sorted(path.name for path in _HERE.glob("*.js")))


@cache
def modules_path() -> str:
    """Return the address of ES modules and of `STYLE`: another one with each change of them."""
    digest = hashlib.sha256("\0".join(map(read, (*scripts(), STYLE))).encode()).hexdigest()
    return f"/modules/{digest[:16]}"


def style_address() -> str:
    """Return the address of `STYLE`."""
    return f"{modules_path()}/{STYLE}"


def has(name: str) -> bool:
    """True if this package has a file of that name."""
    return (_HERE / name).is_file()
