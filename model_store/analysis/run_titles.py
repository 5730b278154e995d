"""Distinct titles of runs, for legends, lists and tables. Pure, any thread."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from model_store.analysis.recipe_diff import differences
from model_store.analysis.setting_names import setting_name, setting_value
from model_store.runs.run import Run
from model_store.text import named

MOST_SETTINGS = 2  # named in a title


def display_titles(runs: Sequence[Run], owner_name: Callable[[Run], str]) -> dict[str, str]:
    """Return run id -> title; equal titles also get the differing settings and the owner.

    If these are equal too, the start time and the end of the id follow.
    """
    groups: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        groups[named(run.title)].append(run)
    titles: dict[str, str] = {}
    for title, group in groups.items():
        owners = [owner_name(run) for run in group] if len(group) > 1 else [""]
        for run, settings, owner in zip(group, _differing_settings(group), owners, strict=True):
            parts = [title, *settings, *([owner] if len(set(owners)) > 1 else [])]
            titles[run.id] = " · ".join(parts)
    count = Counter(titles.values())
    for run in runs:
        if count[titles[run.id]] > 1:
            started = datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M")
            titles[run.id] += f" · {started} · {run.id.rpartition('-')[2]}"
    return titles


def _differing_settings(runs: Sequence[Run]) -> list[list[str]]:
    """Return for each run the settings that differ between runs, the most distinctive first."""
    differ = differences([r.recipe for r in runs], [r.imported for r in runs]).differ
    names = sorted(differ, key=lambda name: -len(set(differ[name])))[:MOST_SETTINGS]
    return [
        [f"{_lowered(setting_name(n))} {setting_value(n, differ[n][i])}" for n in names]
        for i in range(len(runs))
    ]


def _lowered(name: str) -> str:
    return name[0].lower() + name[1:] if name[1:2].islower() else name
