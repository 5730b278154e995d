"""Programs that free workers compile before anybody starts their runs. Pure; the caller locks.

A person who chooses a network says so by a wish. A worker compiles one program at a time, and only
one worker does. XLA cannot be interrupted, so a training that needs this very worker waits for the
rest of a part: at most about a second of processor time.
"""

import secrets
from collections import OrderedDict, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from model_store.recipe.recipe import Recipe
from training.loop.program_shape import MAX_PARAMETERS, are_too_many, program_shape

WAIT_SECONDS = 1.0  # before a wish counts: a class that opens a page needs the processors itself
WISH_SECONDS = 10.0  # until a wish is forgotten
MAX_WISHES = 8  # of all visitors: the newest
MAX_REFUSED = 32
Shape = tuple[Recipe, int]  # a program's, and the number of training images


@dataclass(frozen=True, slots=True)
class Compilation:
    """Task of one worker, an address."""

    id: str
    worker: str
    recipe: Recipe


class Preparation:
    """Wishes of visitors, the one that a worker compiles now, and what each worker has compiled."""

    def __init__(self) -> None:
        self.current: Compilation | None = None
        self._stopped = False  # the current one
        # With the time since when somebody wishes it; the newest last.
        self._wishes: OrderedDict[Shape, tuple[Recipe, float]] = OrderedDict()
        self._compiled: dict[str, OrderedDict[Shape, int]] = {}  # by worker, with parameters
        self._refused: deque[Shape] = deque(maxlen=MAX_REFUSED)  # what a worker failed at

    def wish(self, recipe: Recipe, now: float) -> None:
        """Note that somebody may start this recipe soon.

        One that is too large to be kept, or that a worker has failed at, is left out.
        """
        shape = _shape(recipe)
        if recipe.parameters > MAX_PARAMETERS or shape in self._refused:
            return
        _same, since = self._wishes.get(shape, (recipe, now))
        self._wishes[shape] = recipe, since if now - since <= WISH_SECONDS else now
        self._wishes.move_to_end(shape)
        while len(self._wishes) > MAX_WISHES:
            self._wishes.popitem(last=False)

    def begin(self, free: Sequence[str], now: float) -> Compilation | None:
        """Return what one of these workers is to compile now; None if nothing.

        That is the newest wish that has waited `WAIT_SECONDS`. It goes to the worker that has
        compiled least, so that each can start something else.
        """
        if not free or self.current is not None:
            return None
        for shape, (recipe, since) in reversed(list(self._wishes.items())):
            if now - since < WAIT_SECONDS:
                continue
            del self._wishes[shape]
            known = any(shape in self._of(worker) for worker in free)
            if now - since <= WISH_SECONDS and not known:
                worker = min(free, key=lambda worker: len(self._of(worker)))
                task = f"prepare-{secrets.token_hex(8)}"
                self.current, self._stopped = Compilation(task, worker, recipe), False
                return self.current
        return None

    def end(self, task: str, *, failed: bool) -> Compilation | None:
        """Return the compilation of this id if it is the one that just ended."""
        ended = self.current
        if ended is None or ended.id != task:
            return None
        self.current = None
        if failed:
            self._refused.append(_shape(ended.recipe))
        elif not self._stopped:
            self.add(ended.worker, ended.recipe)
        return ended

    def choose(self, free: Sequence[str], recipe: Recipe) -> str:
        """Return the worker, of these, at which this recipe's training starts first."""
        shape = _shape(recipe)

        def rank(worker: str) -> int:
            if self.is_compiling(worker):
                assert self.current is not None
                return 1 if _shape(self.current.recipe) == shape else 3
            return 0 if shape in self._of(worker) else 2

        return min(free, key=rank)

    def assign(self, worker: str, recipe: Recipe) -> str | None:
        """Note that a worker gets a training; return the id of a compilation to stop for it.

        One of the training's own shape as well: the training compiles the parts that it needs.
        """
        self.add(worker, recipe)
        if self.current is None or self.current.worker != worker:
            return None
        self._stopped = True
        return self.current.id

    def is_compiling(self, worker: str) -> bool:
        """True if this worker compiles ahead just now."""
        return self.current is not None and self.current.worker == worker

    def add(self, worker: str, recipe: Recipe) -> None:
        """Note that a worker has compiled, or compiles now, the program of a recipe."""
        kept = self._compiled.setdefault(worker, OrderedDict())
        kept[_shape(recipe)] = recipe.parameters
        kept.move_to_end(_shape(recipe))
        while are_too_many(kept.values()):
            kept.popitem(last=False)

    def keep(self, workers: Collection[str]) -> None:
        """Forget all workers but these."""
        for gone in self._compiled.keys() - set(workers):
            del self._compiled[gone]
        if self.current is not None and self.current.worker not in workers:
            self.current = None

    def _of(self, worker: str) -> Collection[Shape]:
        return self._compiled.get(worker, ())


def _shape(recipe: Recipe) -> Shape:
    return program_shape(recipe), recipe.data.train
