"""The live parts of steps by their names in `model_store.lessons.parts`. Script thread."""

from collections.abc import Callable, Mapping

from model_store import StoreError
from model_store.lessons.lesson import Part
from model_store.text import _
from pages.ui.frame import layout, navigation
from pages.ui.learn import answer_parts, data_parts, network_parts, run_parts, stress_parts
from pages.ui.learn.context import Context
from training.data.datasets import DataError

DRAWN: Mapping[str, Callable[..., None]] = {
    "picture": data_parts.picture,
    "pixels": data_parts.pixels,
    "grid": data_parts.grid,
    "labels": data_parts.labels,
    "label_array": data_parts.label_array,
    "shapes": data_parts.shapes,
    "scaling": data_parts.scaling,
    "flatten": data_parts.flatten,
    "one_hot": data_parts.one_hot,
    "means": data_parts.means,
    "spoiled_images": data_parts.spoiled_images,
    "losses": data_parts.losses,
    "softmax_by_hand": network_parts.softmax_by_hand,
    "activation": network_parts.activation,
    "descent": network_parts.descent,
    "summary": network_parts.summary,
    "settings": network_parts.settings,
    "network": network_parts.network,
    "weights": network_parts.weights,
    "training": run_parts.training,
    "history": run_parts.history,
    "diagnosis": run_parts.diagnosis,
    "rates": run_parts.rates,
    "sweep": run_parts.sweep,
    "compare": run_parts.compare,
    "evaluation": run_parts.evaluation,
    "scores": answer_parts.scores,
    "prediction": answer_parts.prediction,
    "prediction_grid": answer_parts.prediction_grid,
    "batch_of_one": answer_parts.batch_of_one,
    "confusion": answer_parts.confusion,
    "twins": stress_parts.twins,
    "dotted": stress_parts.dotted,
    "fool": stress_parts.fool,
    "robustness": stress_parts.robustness,
    "pad": answer_parts.pad,
    "preparation": answer_parts.preparation,
}


def live_part(context: Context, place: int, part: Part) -> None:
    """Draw a part, the one at `place` of its step; say so if its data or model cannot be used."""
    try:
        DRAWN[part.name](context, place, **part.arguments)
    except DataError as error:
        layout.problem(_("The images cannot be shown."), str(error))
        navigation.link("data", _("Get them"), ":material/download:", dataset=context.dataset)
    except StoreError as error:
        layout.problem(_("This model cannot be used."), str(error))
