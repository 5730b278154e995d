"""The app's own augmentation as code for a script: the text of `training.loop.augment`, without
types.

That module is read, not imported: TensorFlow stays out of the server process.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from gettext import gettext as _
from pathlib import Path

from model_store.recipe.choices import IMAGE_SIDE
from model_store.recipe.recipe import Recipe

SOURCE = Path(__file__).resolve().parent.parent / "loop" / "augment.py"
_ANNOTATION = re.compile(r": (Any|Augment|int)\b| -> [^:]+(?=:$)")

_CHANGED = '''\


@tf.function(jit_compile=True)
def changed_batch(images, at):
    """{batch}"""
    return augmented(images, CHANGES, at)


def changed(images, epoch):
    """{epoch}"""
    out = np.empty_like(images)
    steps = -(-len(images) // BATCH_SIZE)
    for step in range(steps):
        part = slice(step * BATCH_SIZE, (step + 1) * BATCH_SIZE)
        full = np.resize(images[part], (BATCH_SIZE, PIXELS))
        at = tf.constant([seed_for(4), epoch * steps + step])
        new = changed_batch(full, at).numpy().reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
        out[part] = new[: len(images[part])]
    return out'''


def augment_code(recipe: Recipe) -> str:
    """Code that sets `changed(images, epoch)`: float32 [n, 28, 28] in [0, 1] -> the same."""
    amounts = ", ".join(f"{name}={value!r}" for name, value in recipe.augment.amounts.items())
    changed = _CHANGED.format(
        batch=_("As many images as a batch has, changed; `at` is a seed and a step."),
        epoch=_("The images of an epoch, in its order, changed batch by batch."),
    )
    return "\n".join(
        [
            f"IMAGE_SIDE = {IMAGE_SIDE}",
            *_own_code(),
            f"CHANGES = SimpleNamespace({amounts})",
            changed,
        ]
    )


@lru_cache(maxsize=1)
def _own_code() -> tuple[str, ...]:
    return tuple(_parts(SOURCE.read_text("utf-8")))


def _parts(source: str) -> Iterator[str]:
    """Constants and functions in their order, without types; two empty lines around a function."""
    lines = source.splitlines()
    for node in ast.parse(source).body:
        text = lines[node.lineno - 1 : node.end_lineno]
        if isinstance(node, ast.FunctionDef):
            yield from ("", "", *map(_without_types, text))
        elif isinstance(node, ast.Assign):
            yield from text
    yield from ("", "")


def _without_types(line: str) -> str:
    return _ANNOTATION.sub("", line) if line.lstrip().startswith("def ") else line
