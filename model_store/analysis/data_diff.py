"""What a run was trained on and began with beside its recipe: images and another run's weights.

Two runs of one recipe differ where one was given images beside the data set
(`training.data.extra_images`),
or went on from another run (`model_store.runs.provenance`). Pure, any thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from model_store.runs.run import Run

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
    """Return the differences that no recipe shows, with one text for each run.

    "provenance" is the run whose weights each started from; "added" are the sources beside the
    data set; "data" is the images' hash, where data set and sources are equal.
    """
    out = {}
    origins = tuple(run.provenance.title if run.provenance else "" for run in runs)
    if len({run.provenance.weights if run.provenance else "" for run in runs}) > 1:
        out["provenance"] = origins
    more = tuple(", ".join(added(run)) for run in runs)
    if len(set(more)) > 1:
        return {**out, "added": more}
    hashes = tuple(data_hash(run) for run in runs)
    by_set: dict[str, set[str]] = {}
    for run, its in zip(runs, hashes, strict=True):
        by_set.setdefault(run.recipe.dataset, set()).update({its} - {""})
    if any(len(found) > 1 for found in by_set.values()):
        out["data"] = hashes
    return out


def _named(source: Mapping[str, object]) -> str:
    count = source.get("images")
    name = str(source.get("name", ""))[:60]
    return f"{name} ({count:,})" if isinstance(count, int) else name
