"""Presets: recipes by name from `presets.toml`, six of published tutorials and the app's own."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from model_store.recipe.recipe import Recipe

SPREAD = 0.005  # widens the range of the reference on each side


@dataclass(frozen=True, slots=True)
class Preset:
    """A named recipe, its source, and figures to compare with; accuracies in [0, 1]."""

    recipe: Recipe
    source: str
    figures: Mapping[str, float | tuple[float, ...]]
    reference: tuple[float, ...] = ()
    tutorial: bool = False

    @property
    def accepted(self) -> tuple[float, float] | None:
        """Range of test accuracies that count as reproduced, `SPREAD` wider than the reference."""
        if not self.reference:
            return None
        return min(self.reference) - SPREAD, max(self.reference) + SPREAD


def _read(path: Path) -> dict[str, Preset]:
    presets = {}
    for name, raw in tomllib.loads(path.read_text(encoding="utf-8")).items():
        figures = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in raw.pop("figures", {}).items()
        }
        recipe, reference = Recipe.from_dict(raw.pop("recipe")), tuple(raw.pop("reference", ()))
        presets[name] = Preset(recipe, figures=figures, reference=reference, **raw)
    return presets


PRESETS: Mapping[str, Preset] = _read(Path(__file__).with_suffix(".toml"))
TUTORIALS: Mapping[str, Preset] = {name: p for name, p in PRESETS.items() if p.tutorial}


def find_preset(recipe: Recipe) -> Preset | None:
    """Return the preset with these settings and reference figures; the seed is ignored.

    Two presets can have equal settings: the one with the recipe's name comes first.
    """
    settings = recipe.with_(seed=0).hash
    equal = [p for p in PRESETS.values() if p.reference and p.recipe.hash == settings]
    return next((p for p in equal if p.recipe.name == recipe.name), equal[0] if equal else None)
