"""JavaScript and CSS of the pages, without a build step.

Imports nothing.
"""

from pathlib import Path

_HERE = Path(__file__).parent


def read(name: str) -> str:
    """Return the text of one file of this package.

    Raises:
        FileNotFoundError: if there is no such file.
    """
    return (_HERE / name).read_text(encoding="utf-8")


def has(name: str) -> bool:
    """True if this package has a file of that name."""
    return (_HERE / name).is_file()
