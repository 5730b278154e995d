"""The form of a Keras file's `config.json`: which classes stand in it, and in what order.

Only names from a list get through. Pure Python, no heavy import; any thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from gettext import gettext as _
from typing import Any

LAYERS = (
    *("InputLayer", "Rescaling", "Reshape", "Flatten"),
    *("Dense", "Activation", "ReLU", "Softmax", "Dropout"),
)
MODULES = ("keras", "keras.layers")
MODELS = ("keras", "keras.models", "keras.src.models.functional")


class KerasFileError(ValueError):
    """A sentence for a person about a Keras file that cannot be used."""


def layer_configs(config: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Class and settings of each layer, in the order in which an image passes through them.

    Raises:
        KerasFileError: for what is no chain of the layers in `LAYERS`.
    """
    model = _of_keras(config, MODELS)
    if model == "Sequential":
        layers = _list(_part(config), "layers")
    elif model in ("Functional", "Model"):
        layers = _chain(_part(config))
    else:
        raise _unknown(model)
    for layer in layers:
        kind = _of_keras(layer, MODULES)
        if kind not in LAYERS:
            raise _unknown(kind)
        yield kind, _part(layer)


def _of_keras(item: Any, modules: Sequence[str]) -> str:
    """The class of a serialised object, which has to be one of Keras' own."""
    if not isinstance(item, dict) or not isinstance(item.get("class_name"), str):
        raise _misread()
    kind: str = item["class_name"]
    if item.get("module") not in modules or item.get("registered_name") not in (None, kind):
        raise _unknown(kind)
    return kind


def _part(item: Mapping[str, Any]) -> Mapping[str, Any]:
    config = item.get("config")
    if not isinstance(config, dict):
        raise _misread()
    return config


def _list(config: Mapping[str, Any], name: str) -> list[Any]:
    listed = config.get(name)
    if not isinstance(listed, list):
        raise _misread()
    return listed


def _chain(config: Mapping[str, Any]) -> list[Any]:
    """The layers of a functional model in which each one reads the one before it alone."""
    layers = _list(config, "layers")
    before: list[Any] = []
    for layer in layers:
        name = layer.get("name") if isinstance(layer, dict) else None
        if not isinstance(name, str) or _reads(layer) != before:
            raise _no_chain()
        before = [name, 0, 0]
    first = [layers[0]["name"], 0, 0] if layers else []
    if [config.get("input_layers"), config.get("output_layers")] != [first, before]:
        raise _no_chain()
    return layers


def _reads(layer: Mapping[str, Any]) -> list[Any]:
    """Which layer's output this one is called with, as Keras writes it; empty for an input."""
    nodes = _list(layer, "inbound_nodes")
    if not nodes:
        return []
    try:
        (node,) = nodes
        (tensor,) = node["args"]
        history: list[Any] = tensor["config"]["keras_history"]
        plain = not any(node["kwargs"].values())  # Dropout can be told to be always on
    except (AttributeError, KeyError, TypeError, ValueError):
        raise _no_chain() from None
    if not plain:
        raise _no_chain()
    return history


def _unknown(kind: str) -> KerasFileError:
    return KerasFileError(
        _(
            "The model has a part that is not opened here: {kind}. Known are Sequential and plain "
            "functional models of the layers {known}, all of Keras itself."
        ).format(kind=repr(kind)[:40], known=", ".join(LAYERS))
    )


def _no_chain() -> KerasFileError:
    return KerasFileError(
        _("The model's layers are no plain chain, each reading the one before it alone.")
    )


def _misread() -> KerasFileError:
    return KerasFileError(_("The file does not describe a model as Keras 3 does."))
