"""Test of an imported model's network, which makes it a run's model. Worker processes only.

`training.keras_import.archive` has read the file: here are only arrays of a known network.
"""

from model_store.recipe.recipe import Recipe
from model_store.runs.events import Evaluated
from model_store.text import _
from training.data.extra_images import AnyData
from training.keras_import.errors import KerasFileError
from training.loop.control import Control
from training.loop.errors import CheckpointError, Diverged
from training.loop.live_weights import Show
from training.loop.trainer import Emit, Save, evaluate_and_save


def import_model(
    recipe: Recipe,
    data: AnyData,
    *,
    emit: Emit,
    control: Control,
    save: Save,
    resume: bytes | None = None,
    start: bytes | None = None,
    worker: str = "",
    show: Show | None = None,
) -> Evaluated:
    """Test the network with the weights `start` and save it; called like `trainer.train`.

    Raises:
        KerasFileError: if its answers are not numbers, or the weights are not the recipe's.
    """
    try:
        return evaluate_and_save(recipe, data, start or b"", emit=emit, save=save)
    except Diverged:
        sentence = _(
            "The model's answers are not numbers: its weights are too large. Train it again with "
            "a smaller learning rate."
        )
        raise KerasFileError(sentence) from None
    except CheckpointError:
        sentence = _("The model's weights are not here any more. Import the file again.")
        raise KerasFileError(sentence) from None
