"""Structure of a model's description: its layers in their order, nested models opened.

It reads `config.json` of a `.keras` archive and the `model_config` of an `.h5` file, as Keras 3 and
Keras 2 write them. Nothing is executed: a layer is a name and its settings. Pure, no heavy import;
any thread.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from model_store.text import _
from training.keras_import.errors import KerasFileError

# Random in training, without effect in use.
TRAINING_ONLY = (
    *("GaussianNoise", "GaussianDropout", "AlphaDropout", "SpatialDropout1D", "SpatialDropout2D"),
    *("RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomShear"),
    *("RandomContrast", "RandomBrightness", "RandomErasing", "RandomPerspective"),
    *("RandomGaussianBlur", "RandomElasticTransform", "RandomSharpness", "RandomInvert"),
)
WITHOUT_EFFECT = ("Identity", "ActivityRegularization")
LAYERS = (
    *("InputLayer", "Rescaling", "Normalization", "UnitNormalization", "Reshape", "Flatten"),
    *("Dense", "Dropout", "BatchNormalization"),
    *("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"),
)
MODELS = ("Sequential", "Functional", "Model")
MAX_DEPTH = 8  # of models inside models
MAX_LAYERS = 200
_JOINING = ("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract")
_OWN_CODE = ("Lambda", "TFOpLambda", "SlicingOpLambda", "TorchModuleWrapper", "TFSMLayer")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: class, settings, and where its weights are.

    `path` is its group in the weights of a `.keras` archive. `group` is the layer of the whole
    model that it is or is part of: its group in an `.h5` file. `trainable` is False if it or a
    model around it is frozen, which changes the order of weights there.
    """

    kind: str
    config: Mapping[str, Any]
    path: tuple[str, ...]
    group: str
    trainable: bool

    @property
    def name(self) -> str:
        """The layer's class, and its own name, for a sentence."""
        own = self.config.get("name")
        return f"{self.kind} ({own})"[:60] if isinstance(own, str) else self.kind


def read_layers(config: Any) -> list[Layer]:
    """Return the layers of a model in the order in which an image passes them.

    Raises:
        KerasFileError: if it is not a chain of known layers.
    """
    layers = []
    for layer in _of_model(config, (), "", True, MAX_DEPTH):
        layers.append(layer)
        if len(layers) > MAX_LAYERS:
            sentence = _("The model has more than {n} layers. This app is for smaller ones.")
            raise KerasFileError(sentence.format(n=MAX_LAYERS))
    return layers


def _of_model(
    config: Any, path: tuple[str, ...], group: str, trainable: bool, depth: int
) -> Iterator[Layer]:
    kind = _class_of(config)
    if kind not in MODELS:
        raise _unknown(kind)
    if not depth:
        raise KerasFileError(_("The model has models inside models, too deep to be read."))
    settings = _settings(config)
    layers = _entry(settings, "layers", list)
    chain = range(len(layers)) if kind == "Sequential" else _chain(settings, layers)
    names = _weight_names(layers)
    if kind == "Sequential" and chain and _class_of(layers[0]) != "InputLayer":
        yield from _unwritten_input(settings, layers[0])
    for index in chain:
        layer = layers[index]
        own = _class_of(layer)
        inside = _settings(layer)
        name = inside.get("name", layer.get("name"))
        top = group or (name if isinstance(name, str) else "")
        learns = trainable and inside.get("trainable", True) is not False
        here = (*path, "layers", names[index])
        if own in MODELS:
            yield from _of_model(layer, here, top, learns, depth - 1)
        elif own in (*LAYERS, *TRAINING_ONLY, *WITHOUT_EFFECT):
            yield Layer(own, inside, here, top, learns)
        else:
            raise _unknown(own)


def _settings(item: Mapping[str, Any]) -> Mapping[str, Any]:
    inside = item.get("config")
    if isinstance(inside, list):  # a Sequential model as Keras wrote it until 2018
        return {"layers": inside}
    if not isinstance(inside, dict):
        raise _misread()
    return inside


def _class_of(item: Any) -> str:
    """Return the class of a serialised object; refuse any that is not Keras' own."""
    if not isinstance(item, dict) or not isinstance(item.get("class_name"), str):
        raise _misread()
    kind: str = item["class_name"]
    module = item.get("module", "keras")  # Keras 2 does not name it in an .h5 file
    is_ours = isinstance(module, str) and module.split(".")[0] in ("keras", "tf_keras")
    if not is_ours or item.get("registered_name") not in (None, kind):
        raise _own_code(kind)
    return kind


def _entry(item: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = item.get(name)
    if not isinstance(value, kind):
        raise _misread()
    return value


def _unwritten_input(settings: Mapping[str, Any], first: Mapping[str, Any]) -> Iterator[Layer]:
    """Yield the input that an older Keras writes into the first layer, or beside the layers."""
    inside = first.get("config")
    shape = inside.get("batch_input_shape") if isinstance(inside, dict) else None
    shape = shape or settings.get("build_input_shape")
    if shape:
        yield Layer("InputLayer", {"batch_shape": shape}, (), "", True)


def _weight_names(layers: Sequence[Any]) -> list[str]:
    """Return the group of each layer's weights, as Keras names it: dense, dense_1 and so on."""
    seen: dict[str, int] = {}
    out = []
    for layer in layers:
        name = _snake_case(_class_of(layer))
        number = seen.get(name, 0)
        seen[name] = number + 1
        out.append(f"{name}_{number}" if number else name)
    return out


def _snake_case(kind: str) -> str:
    special = {"PReLU": "p_re_lu", "BatchNormalization": "batch_normalization"}
    return special.get(kind, kind.lower())  # no other layer with weights has two words


def _chain(config: Mapping[str, Any], layers: Sequence[Any]) -> list[int]:
    """Return the layers of a functional model in order; each may read only the one before it."""
    places: dict[str, int] = {}
    for index, layer in enumerate(layers):
        name = layer.get("name") if isinstance(layer, dict) else None
        if not isinstance(name, str) or name in places:
            raise _misread()
        places[name] = index
    end = _only(config.get("output_layers"))
    start = _only(config.get("input_layers"))
    out: list[int] = []
    while len(out) <= len(layers):
        if end not in places:
            raise _no_chain()
        out.append(places[end])
        layer = layers[places[end]]
        if not _entry(layer, "inbound_nodes", list):
            break
        end = _input_of(layer)
    if end != start or len(out) != len(layers):
        raise _no_chain()
    return out[::-1]


def _only(tensors: Any) -> str:
    """Return the layer of the only tensor in a list of them, or of the tensor itself."""
    if isinstance(tensors, list) and len(tensors) == 1:
        (tensors,) = tensors
    if isinstance(tensors, list) and len(tensors) in (3, 4) and isinstance(tensors[0], str):
        return tensors[0]
    raise KerasFileError(
        _("The model must have one input and one output. Save the part of it that reads images.")
    )


def _input_of(layer: Mapping[str, Any]) -> str:
    """Return the name of the layer that this one reads, as Keras 3 or Keras 2 writes it."""
    try:
        (node,) = layer["inbound_nodes"]
        if isinstance(node, list):
            ((name, _node, tensor, kwargs),) = node
        else:
            (given,) = node["args"]
            name, _node, tensor = given["config"]["keras_history"]
            kwargs = node["kwargs"]
        if tensor or any(kwargs.values()):  # such as Dropout that is always on
            raise ValueError
    except (AttributeError, KeyError, TypeError, ValueError):
        raise _no_chain() from None
    if not isinstance(name, str):
        raise _no_chain()
    return name


def _unknown(kind: str) -> KerasFileError:
    if kind in _OWN_CODE or ">" in kind:
        return _own_code(kind)
    if kind in _JOINING:
        sentence = _(
            "A layer {kind}: it joins several branches. This app draws and computes plain chains "
            "of Dense layers. Import a model without branches."
        )
        return KerasFileError(sentence.format(kind=_short(kind)))
    sentence = _(
        "A layer {kind}: this app does not compute it. It opens chains of Dense layers with "
        "their activations, BatchNormalization and Dropout. Train a model of such layers and "
        "import that."
    )
    return KerasFileError(sentence.format(kind=_short(kind)))


def _own_code(kind: str) -> KerasFileError:
    sentence = _(
        "A part {kind} with code of its own: this app never runs code from a file. Build the model "
        "from Keras' own layers instead, such as Rescaling or Reshape, and save it again."
    )
    return KerasFileError(sentence.format(kind=_short(kind)))


def _short(kind: str) -> str:
    return "".join(c for c in kind if c.isprintable())[:40]


def _no_chain() -> KerasFileError:
    sentence = _(
        "The model is not a plain chain, in which each layer reads only the one before. Import a "
        "model without branches."
    )
    return KerasFileError(sentence)


def _misread() -> KerasFileError:
    sentence = _("The file does not describe a model like Keras does. It may be damaged.")
    return KerasFileError(sentence)
