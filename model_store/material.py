"""Which images a run was trained on, as its manifest says: a recipe names only the data set.

Two runs of one recipe differ where one was given images beside it (`training.sources`). Pure, any
thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from model_store.run import Run

HASH_DIGITS = 8


def added(run: Run) -> tuple[str, ...]:
    """The sources beside the recipe's data set, with their numbers of images."""
    sources = run.manifest.get("sources", ())
    if not isinstance(sources, Sequence) or isinstance(sources, str):
        return ()
    return tuple(_named(source) for source in sources[1:] if isinstance(source, Mapping))


def data_hash(run: Run) -> str:
    """The first digits of the hash of all its images; empty until it is complete."""
    return str(run.manifest.get("data", ""))[:HASH_DIGITS]


def is_same(one: Run, other: Run) -> bool:
    """Whether both are known to have had the same images."""
    return bool(data_hash(one)) and one.manifest.get("data") == other.manifest.get("data")


def differences(runs: Sequence[Run]) -> dict[str, tuple[str, ...]]:
    """What of their images differs though their data set is the same, a text for each run.

    "added" are the sources beside it; "data" is the hash, where the sources do not tell.
    """
    more = tuple(", ".join(added(run)) for run in runs)
    if len(set(more)) > 1:
        return {"added": more}
    hashes = tuple(data_hash(run) for run in runs)
    by_set: dict[str, set[str]] = {}
    for run, its in zip(runs, hashes, strict=True):
        by_set.setdefault(run.recipe.dataset, set()).update({its} - {""})
    return {"data": hashes} if any(len(found) > 1 for found in by_set.values()) else {}


def _named(source: Mapping[str, object]) -> str:
    count = source.get("images")
    name = str(source.get("name", ""))[:60]
    return f"{name} ({count:,})" if isinstance(count, int) else name
