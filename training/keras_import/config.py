"""Structure of a Keras file's `config.json`: its classes and their order.

Only listed names get through. Pure Python, no heavy import; any thread.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from model_store.text import _

LAYERS = (
    *("InputLayer", "Rescaling", "Reshape", "Flatten"),
    *("Dense", "Activation", "ReLU", "Softmax", "Dropout"),
)
MODULES = ("keras", "keras.layers")
MODELS = ("keras", "keras.models", "keras.src.models.functional")
T = TypeVar("T")


class KerasFileError(ValueError):
    """Keras file that cannot be used; the message is a sentence for a person."""


def layer_configs(config: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield class and settings of each layer, in the order in which an image passes them.

    Raises:
        KerasFileError: if it is not a chain of the layers in `LAYERS`.
    """
    model = _of_keras(config, MODELS)
    if model == "Sequential":
        layers = _entry(_entry(config, "config", dict), "layers", list)
    elif model in ("Functional", "Model"):
        layers = _chain(_entry(config, "config", dict))
    else:
        raise _unknown(model)
    for layer in layers:
        kind = _of_keras(layer, MODULES)
        if kind not in LAYERS:
            raise _unknown(kind)
        yield kind, _entry(layer, "config", dict)


def _of_keras(item: Any, modules: Sequence[str]) -> str:
    """Return the class of a serialised object of Keras' own; refuse any other."""
    if not isinstance(item, dict) or not isinstance(item.get("class_name"), str):
        raise _misread()
    kind: str = item["class_name"]
    if item.get("module") not in modules or item.get("registered_name") not in (None, kind):
        raise _unknown(kind)
    return kind


def _entry(item: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = item.get(name)
    if not isinstance(value, kind):
        raise _misread()
    return value


def _chain(config: Mapping[str, Any]) -> list[Any]:
    """Return the layers of a functional model; each may read only the one before it."""
    layers = _entry(config, "layers", list)
    before: list[Any] = []
    for layer in layers:
        name = layer.get("name") if isinstance(layer, dict) else None
        if not isinstance(name, str) or _input_of(layer) != before:
            raise _no_chain()
        before = [name, 0, 0]
    first = [layers[0]["name"], 0, 0] if layers else []
    if [config.get("input_layers"), config.get("output_layers")] != [first, before]:
        raise _no_chain()
    return layers


def _input_of(layer: Mapping[str, Any]) -> list[Any]:
    """Return the history of the layer's input as Keras writes it; [] for an input layer."""
    nodes = _entry(layer, "inbound_nodes", list)
    if not nodes:
        return []
    try:
        (node,) = nodes
        (tensor,) = node["args"]
        history: list[Any] = tensor["config"]["keras_history"]
        if any(node["kwargs"].values()):  # such as Dropout that is always on
            raise ValueError
    except (AttributeError, KeyError, TypeError, ValueError):
        raise _no_chain() from None
    return history


def _unknown(kind: str) -> KerasFileError:
    sentence = _(
        "The model has a part that this app does not open: {kind}. It opens Sequential and plain "
        "functional models with Keras' own layers {known}."
    )
    return KerasFileError(sentence.format(kind=repr(kind)[:40], known=", ".join(LAYERS)))


def _no_chain() -> KerasFileError:
    return KerasFileError(
        _("The model's layers are not a plain chain, in which each reads only the one before.")
    )


def _misread() -> KerasFileError:
    return KerasFileError(_("The file does not describe a model like Keras 3 does."))
