"""A run as one file: how runs travel between stores. A ZIP of the run's folder, or the folder."""

import secrets
import shutil
import zipfile
from pathlib import Path

from model_store.runs.run import Run
from model_store.storage import atomic_files, event_log, manifest, takeover
from model_store.storage.errors import RunNotFound, StoreError, cannot_write
from model_store.storage.store import ModelStore
from model_store.text import _

MOST_BYTES = 4 * 1024**3  # of all files of a run
MOST_FILES = 2_000


def export_run(store: ModelStore, run_id: str, path: Path) -> Run:
    """Write a run with all its files to a ZIP.

    Raises:
        RunNotFound: if there is none.
        StoreError: if the file cannot be written.
    """
    run = store.open(run_id)
    temporary = path.with_name(f"{atomic_files.BUSY}{path.name}")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(run.folder.rglob("*")):
                name = file.relative_to(run.folder).as_posix()
                if file.is_file() and _belongs(name):
                    archive.write(file, f"{run.id}/{name}")
        temporary.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        temporary.unlink(missing_ok=True)
    return run


def import_run(store: ModelStore, path: Path) -> Run:
    """Take in a run from a ZIP or from a folder; it must be finished, and its files unchanged.

    A folder that lies in the store already is taken in where it is.

    Raises:
        StoreError: if it is no run, if one of its id is there, or if the store cannot be written.
    """
    name = path.resolve().name if path.is_dir() else _name_in(path)
    if not takeover.is_run_id(name):
        raise _no_run(path)
    try:
        store.open(name)
    except RunNotFound:
        pass
    else:
        raise StoreError(_("The run {id} is in this store already.").format(id=name))
    place = store.root / name
    if path.is_dir() and path.resolve() == place.resolve():
        return _take_in(store, place, name)
    busy = store.root / f"{atomic_files.BUSY}{name}-{secrets.token_hex(4)}"
    try:
        store.database.prepare(writing=True)
        busy.mkdir(parents=True)
        _copy(path, name, busy)
        return _take_in(store, busy, name)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError):
        raise _no_run(path) from None
    except OSError as error:
        raise cannot_write(store.root, error) from None
    finally:
        shutil.rmtree(busy, ignore_errors=True)


def _take_in(store: ModelStore, folder: Path, run_id: str) -> Run:
    """Check the files, put the folder in its place, and add its row."""
    run = takeover.read_folder(folder, run_id)
    if not run.state.is_finished():
        raise StoreError(
            _("The run {id} has not ended: only a finished one travels.").format(id=run_id)
        )
    if run.has_model:
        manifest.verify(run)
    place = store.root / run_id
    if folder != place:
        folder.rename(place)
    if not store.add(run):
        raise StoreError(
            _("The run {id} was deleted here: bring it back instead.").format(id=run_id)
        )
    return store.open(run_id)


def _copy(path: Path, name: str, to: Path) -> None:
    if path.is_dir():
        for file in path.rglob("*"):
            inside = file.relative_to(path).as_posix()
            if file.is_file() and not file.is_symlink() and _belongs(inside):
                (to / inside).parent.mkdir(exist_ok=True)
                shutil.copyfile(file, to / inside)
        return
    with zipfile.ZipFile(path) as archive:
        infos = [i for i in archive.infolist() if _belongs(i.filename.removeprefix(f"{name}/"))]
        if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > MOST_BYTES:
            raise StoreError(_("{path} is larger than a run can be.").format(path=path))
        for info in infos:
            inside = info.filename.removeprefix(f"{name}/")
            (to / inside).parent.mkdir(exist_ok=True)
            with archive.open(info) as source, (to / inside).open("wb") as target:
                shutil.copyfileobj(source, target)


def _name_in(path: Path) -> str:
    """The one folder of a ZIP."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename.partition("/")[0] for info in archive.infolist()}
    except (OSError, zipfile.BadZipFile):
        raise _no_run(path) from None
    return names.pop() if len(names) == 1 else ""


def _belongs(name: str) -> bool:
    """True if a run may hold a file of this name."""
    return name == event_log.FILE or atomic_files.is_name(name)


def _no_run(path: Path) -> StoreError:
    return StoreError(
        _("{path} is no run. Use a file that this command exported, or a run's folder.").format(
            path=path
        )
    )
