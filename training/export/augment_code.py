"""Code of the app's own augmentation for a script: `training.loop.augment` without type hints.

That module is read, not imported: TensorFlow stays out of the server process.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from model_store.recipe.choices import IMAGE_SIDE
from model_store.recipe.recipe import Recipe
from model_store.text import _

SOURCE = Path(__file__).resolve().parent.parent / "loop" / "augment.py"

_CHANGED = '''\


@tf.function(jit_compile=True)
def changed_batch(images, at):
    """{batch}"""
    return augment_images(images, CHANGES, at)


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
    """Return code that sets `changed(images, epoch)`: float32 [n, 28, 28] in [0, 1] -> the same."""
    amounts = ", ".join(f"{name}={value!r}" for name, value in recipe.augment.amounts.items())
    changed = _CHANGED.format(
        batch=_("Change a full batch of images; `at` is a seed and a step."),
        epoch=_("Change the images of an epoch, in its order, batch by batch."),
    )
    own = own_code(SOURCE)
    return f"IMAGE_SIDE = {IMAGE_SIDE}\n{own}\nCHANGES = SimpleNamespace({amounts})\n{changed}"


@cache
def own_code(path: Path) -> str:
    """Return constants and functions of a module of the app, without type hints."""
    source = path.read_text("utf-8")
    return "\n".join(_parts(ast.parse(source), source.splitlines()))


def _parts(module: ast.Module, lines: list[str]) -> Iterator[str]:
    """Yield constants and functions in their order; two empty lines around a function."""
    for node in ast.walk(module):
        _cut_type_hints(node, lines)
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            yield from ("", "")
        if isinstance(node, ast.FunctionDef | ast.Assign):
            yield from lines[node.lineno - 1 : node.end_lineno]
    yield from ("", "")


def _cut_type_hints(node: ast.AST, lines: list[str]) -> None:
    """Cut the type hints of a function from its line, the last one first."""
    if not isinstance(node, ast.FunctionDef):
        return
    hinted = [(arg.annotation, len(": ")) for arg in node.args.args]
    for hint, mark in reversed([*hinted, (node.returns, len(" -> "))]):
        if hint:
            row, end = hint.lineno - 1, hint.end_col_offset
            lines[row] = lines[row][: hint.col_offset - mark] + lines[row][end:]
