"""`python -m training store check|rebuild|export|import`: look after a store, move runs."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from model_store import ModelStore, StoreError
from model_store.storage.database.database import default_address
from model_store.storage.maintenance.check import check
from model_store.storage.maintenance.rebuild import rebuild
from model_store.storage.maintenance.transfer import export_run, import_run
from model_store.storage.store import default_root
from model_store.text import _


def main(words: Sequence[str]) -> int:
    """Exit code: 0 if it was done, 1 if a check has findings, 2 if it could not be done."""
    options = _parser().parse_args(words)
    root = options.store or default_root()
    try:
        if options.what == "rebuild":
            return _rebuild(root)
        store = ModelStore(root, starter=None, address=default_address())
        try:
            return {"check": _check, "export": _export, "import": _import}[options.what](
                store, options
            )
        finally:
            store.close()
    except StoreError as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training store", description=_("Look after the model store.")
    )
    parser.add_argument("--store", type=Path, help=_("folder of the runs"))
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("check", help=_("compare files with their hashes, find what is lost"))
    what.add_parser(
        "rebuild", help=_("make the database anew from the folders; close the app first")
    )
    out = what.add_parser("export", help=_("write a run with all its files to a ZIP"))
    out.add_argument("run", help=_("id of the run"))
    out.add_argument("file", type=Path, nargs="?", help=_("the ZIP; default: RUN.zip"))
    into = what.add_parser("import", help=_("take in runs from ZIPs or run folders"))
    into.add_argument("files", type=Path, nargs="+")
    return parser


def _check(store: ModelStore, _options: argparse.Namespace) -> int:
    findings = 0
    for finding in check(store):
        findings += 1
        print(f"{finding.what} {finding.next_step}".rstrip())
    if not findings:
        print(_("The store at {where} is whole.").format(where=store.root))
    return 1 if findings else 0


def _rebuild(root: Path) -> int:
    done = rebuild(root, default_address())
    print(_("The database was made anew: {runs} runs.").format(runs=done.runs))
    if done.kept:
        print(
            _("{rows} other entries were saved. The damaged file: {path}").format(
                rows=done.rows, path=done.kept
            )
        )
    return 0


def _export(store: ModelStore, options: argparse.Namespace) -> int:
    path = options.file or Path(f"{options.run}.zip")
    run = export_run(store, options.run, path)
    print(_("{title} -> {path}").format(title=run.title, path=path))
    return 0


def _import(store: ModelStore, options: argparse.Namespace) -> int:
    for path in options.files:
        run = import_run(store, path)
        print(_("{title} -> {path}").format(title=run.title, path=run.folder))
    return 0
