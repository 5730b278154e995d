"""Tools that cause faults, and checks that no run was lost.

The faults are limits and permissions of the operating system. They apply to root as well.
"""

import ctypes
import hashlib
import io
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from model_store import ModelStore, Run
from model_store.inference.classifier import Classifier
from model_store.recipe.recipe import Hidden, Recipe
from tests.support.finished_runs import arrays

SMALL = Recipe(dataset="digits", hidden=(Hidden(4),), epochs=4, seed=5)
ME = "me"
OVERRIDES = 0b1110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER: what root may do to others
CAPABILITIES_3 = 0x20080522  # Linux' structure version for 64 capabilities


@contextmanager
def room(size: int) -> Iterator[None]:
    """Limit every file of this process to `size` bytes, like a full disk: longer writes fail.

    Bytecode is not written meanwhile: Python would keep a truncated file, and every later
    import of that module would fail.
    """
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # child processes inherit the limit
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


@contextmanager
def rights(folder: Path, mode: int, *stores: ModelStore) -> Iterator[None]:
    """`folder` and all below it have at most the rights of `mode`, for root too.

    The `stores` have closed their files before: whoever has one open keeps the rights of then.
    """
    for store in stores:
        store.close()
    paths = [folder, *folder.rglob("*")]
    before = {path: path.stat().st_mode for path in paths}
    with _nobody_special():
        for path in reversed(paths):
            path.chmod(before[path] & mode)
        try:
            yield
        finally:
            for path in paths:
                path.chmod(before[path])


@contextmanager
def _nobody_special() -> Iterator[None]:
    """Make file permissions apply to this thread and its children, even as root."""
    if sys.platform != "linux" or os.geteuid() != 0:
        yield
        return
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then the upper 32 of each
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.capget(header, sets) == 0
    effective = sets[0]
    sets[0] = effective & ~OVERRIDES
    assert libc.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[0] = effective
        assert libc.capset(header, sets) == 0


def sentences(at: AppTest) -> str:
    """Return all sentences of a page as plain text."""
    parts = (*at.error, *at.warning, *at.info, *at.caption, *at.markdown)
    return " ".join(part.value for part in parts).replace("\\", "")


def problems(at: AppTest) -> str:
    """Return a page's error messages as plain text."""
    return " ".join(error.value for error in at.error).replace("\\", "")


def is_whole(store: ModelStore, run: Run) -> bool:
    """True if the run opens with its original weights and no file of it has changed."""
    store.verify(run.id)
    with np.load(io.BytesIO(arrays(run.recipe))) as given:
        loaded = Classifier.load(store.open(run.id)).weights
        pairs = ((given[f"kernel_{i}"], given[f"bias_{i}"]) for i in range(len(loaded)))
        return all(
            (ours == theirs).all()
            for layer, known in zip(loaded, pairs, strict=True)
            for ours, theirs in zip(layer, known, strict=True)
        )


def content(root: Path) -> dict[str, str]:
    """Return each file below a folder with a hash of its content."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def litter(root: Path) -> list[str]:
    """Return the names of unfinished temporary files."""
    return [path.name for path in root.rglob("*") if path.name.startswith((".new-", ".gone-"))]
