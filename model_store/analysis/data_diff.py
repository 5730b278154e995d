"""Differences between runs that no recipe shows: added images and initial weights. Pure."""

from collections.abc import Mapping, Sequence

from model_store.runs.run import Run

HASH_DIGITS = 8


def data_hash(run: Run) -> str:
    """Return the first digits of the hash of all images; "" until the run is complete."""
    return str(run.manifest.get("data", ""))[:HASH_DIGITS]


def is_same(one: Run, other: Run) -> bool:
    """True if both runs are known to have had the same images."""
    return bool(data_hash(one)) and one.manifest.get("data") == other.manifest.get("data")


def differences(runs: Sequence[Run]) -> dict[str, tuple[str, ...]]:
    """Return the differences that no recipe shows, with one text for each run.

    "provenance" is the run whose weights each started from; "added" are the sources beside the
    data set; "data" is the images' hash, where data set and sources are equal.
    """
    out = {}
    starts = [run.provenance for run in runs]
    if len({start and start.weights for start in starts}) > 1:
        out["provenance"] = tuple(start.title if start else "" for start in starts)
    added = tuple(", ".join(map(_source, run.added_sources)) for run in runs)
    if len(set(added)) > 1:
        return {**out, "added": added}
    known = {(run.recipe.dataset, data_hash(run)) for run in runs if data_hash(run)}
    if len(known) > len({dataset for dataset, _hash in known}):
        out["data"] = tuple(map(data_hash, runs))
    return out


def _source(source: Mapping[str, object]) -> str:
    count, name = source.get("images"), str(source.get("name", ""))[:60]
    return f"{name} ({count:,})" if isinstance(count, int) else name
