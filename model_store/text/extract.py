"""Extraction of all sentences of the app into its catalogues.

`python -m model_store.text.extract` updates `catalogues/*.po`: new sentences are added without a
translation, and those that are gone are removed. `make words` runs it.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from model_store.text.languages import CATALOGUES, LANGUAGES
from model_store.text.sentence import NAME

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("pages", "training", "model_store")
PRESETS = ROOT / "model_store" / "recipe" / "presets.toml"
_MARKS = {"_": 1, "N_": 1, "NAME_": 1, "ngettext": 2}  # function -> how many texts it takes
_HEADER = """\
# {name}
msgid ""
msgstr ""
"Language: {code}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def _python_files() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def _marked(file: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each mark in a file with its texts. Babel's own search misses those in f-strings."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            texts = [
                arg.value
                for arg in node.args[: _MARKS.get(node.func.id, 0)]
                if isinstance(arg, ast.Constant) and isinstance(arg.value, str) and arg.value
            ]
            if texts:
                yield node.func.id, texts


def source_texts() -> Catalog:
    """Return every sentence and every recipe's name of the app, with the files that have it."""
    found = Catalog(charset="utf-8")
    for file in _python_files():
        place = [(file.relative_to(ROOT).as_posix(), 0)]
        for mark, texts in _marked(file):
            text = texts[0] if len(texts) == 1 else (texts[0], texts[1])
            found.add(text, locations=place, context=NAME if mark == "NAME_" else None)
    for preset in tomllib.loads(PRESETS.read_text(encoding="utf-8")).values():
        place = [(PRESETS.relative_to(ROOT).as_posix(), 0)]
        found.add(preset["recipe"]["name"], locations=place, context=NAME)
        found.add(preset["source"], locations=place)
    return found


def update(file: Path) -> None:
    """Bring a catalogue to the sentences of today; its translations stay."""
    with file.open("rb") as old:
        catalogue = read_po(old, locale=file.stem)
    catalogue.update(source_texts(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with file.open("wb") as new:
        new.write(_HEADER.format(name=LANGUAGES[file.stem], code=file.stem).encode())
        write_po(new, catalogue, 100, omit_header=True, sort_by_file=True, include_lineno=False)


if __name__ == "__main__":
    for path in sorted(CATALOGUES.glob("*.po")):
        update(path)
