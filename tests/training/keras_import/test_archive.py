"""Model files before anything is computed: archives, descriptions, and errors for all others."""

import json
import struct
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.provenance import IMPORTED_MODEL, Provenance
from tests.support.keras_files import (
    END,
    FLAT,
    OURS,
    PLAIN,
    PLAIN_WEIGHTS,
    archive,
    dense,
    functional,
    image,
    keras_file,
    layer,
    sequential,
    weights,
)
from training.keras_import.archive import (
    CONFIG,
    MAX_BYTES,
    METADATA,
    WEIGHTS,
    KerasFileError,
    likely_pixel_range,
    prepare_import,
    read_keras_file,
)
from training.keras_import.config import LAYERS
from training.keras_import.hdf5 import SIGNATURE

GOOD = keras_file(sequential(PLAIN))
CODE = Path(__file__).resolve().parents[3]


def refused(content: bytes) -> str:
    """Return the error message for a file."""
    with pytest.raises(KerasFileError) as error:
        read_keras_file(content)
    sentence = str(error.value)
    assert sentence.endswith((".", ")")) and len(sentence) < 400
    assert "{" not in sentence and "Traceback" not in sentence
    return sentence


# -- supported models ----------------------------------------------------------------------------


def test_a_network_is_understood() -> None:
    recipe = read_keras_file(GOOD).recipe("x", "mnist")
    assert recipe.hidden == (Hidden(16, "relu", 0.2),)


def test_an_export_of_this_app_is_its_recipe_again() -> None:
    network = read_keras_file((OURS / "model.keras").read_bytes())
    recipe = Recipe.from_dict(json.loads((OURS / "recipe.json").read_text()))
    assert network.recipe("", "mnist").hidden == recipe.hidden


@pytest.mark.parametrize(
    "layers",
    [
        [image(784), dense(16), END],
        [image(784, 1), FLAT, dense(16), END],
        [image(28, 28, 1), FLAT, dense(16), END],
        [image(), layer("Reshape", target_shape=[784]), dense(16), END],
        [image(784), layer("Reshape", target_shape=[28, 28, 1]), FLAT, dense(16), END],
        [image(784), layer("Reshape", target_shape=[28, -1]), FLAT, dense(16), END],
        [image(), layer("Reshape", target_shape=[-1]), dense(16), END],
        [image(), FLAT, dense(16, "linear"), layer("ReLU", negative_slope=0.0), END],
        [image(), FLAT, dense(16), layer("Activation", activation="relu"), END],
        [image(), FLAT, dense(16), dense(10, "linear"), layer("Softmax", axis=-1)],
        [image(), FLAT, dense(16), dense(10, None), layer("Softmax", axis=-1)],
        [image(), FLAT, dense(16, "linear"), layer("Activation", activation="relu"), END],
        [image(), layer("Dropout", rate=0.1), FLAT, dense(16), FLAT, END],
        [image(), FLAT, layer("GaussianNoise", stddev=0.1), dense(16), layer("Identity"), END],
    ],
)
@pytest.mark.parametrize("form", [sequential, functional])
def test_one_network_in_many_words(form: Callable[[Any], Any], layers: list[Any]) -> None:
    network = read_keras_file(keras_file(form(layers)))
    assert [each.activation for each in network.dense] == ["relu", "softmax"]
    assert network.recipe("", "digits").hidden == (Hidden(16),)


def test_logits_other_names_and_layers_without_bias() -> None:
    layers = [image(), FLAT, {**dense(16, "swish")}, dense(10, "linear")]
    layers[2]["config"]["use_bias"] = False
    network = read_keras_file(keras_file(sequential(layers)))
    assert [each.activation for each in network.dense] == ["silu", "linear"]
    assert not network.dense[0].bias.any() and network.dense[1].bias.any()


def test_a_model_that_scales_pixels_itself_gets_them_raw() -> None:
    scaled = [image(), layer("Rescaling", scale=1 / 127.5, offset=-1), *PLAIN[1:]]
    assert likely_pixel_range(read_keras_file(keras_file(sequential(scaled)))) == "raw"
    assert likely_pixel_range(read_keras_file(GOOD)) == "unit"


def test_what_is_submitted_names_the_file_and_holds_nothing_but_what_was_understood() -> None:
    odd = sequential([image(), FLAT, dense(16, kernel_regularizer={"class_name": "Evil"}), END])
    odd["compile_config"] = {"optimizer": {"module": "os", "class_name": "system"}}
    content = keras_file(odd)
    recipe, start = prepare_import(
        content, "C:\\temp\\../my\x00 net.v2.keras", "", "digits", "signed"
    )
    assert recipe == Recipe("my net.v2", "digits", (Hidden(16),), epochs=1)
    assert start.provenance.is_imported and start.provenance.weights_file == IMPORTED_MODEL
    assert start.provenance.title == "my net.v2.keras" and start.provenance.pixels == "-1 to 1"
    assert b"Evil" not in start.weights and b"system" not in start.weights
    assert len(start.weights) < 4 * recipe.parameters + 2_000


def test_an_origin_from_a_file_comes_back(tmp_path: Path) -> None:
    sigmoid = keras_file(sequential([*PLAIN[:-1], dense(10, "sigmoid")]))
    _recipe, start = prepare_import(sigmoid, "x.keras", "mine", "digits", "unit")
    (tmp_path / "origin.json").write_bytes(start.provenance.to_json())
    assert Provenance.read(tmp_path) == start.provenance
    assert "divided by their sum" in start.provenance.notes[0]


def test_reading_a_file_loads_neither_keras_nor_hdf5() -> None:
    words = (
        "import sys; from training.keras_import.archive import read_keras_file; "
        "read_keras_file(open(sys.argv[1], 'rb').read())"
    )
    words += "; sys.exit(bool({'tensorflow', 'keras', 'h5py'} & set(sys.modules)))"
    command = [sys.executable, "-c", words, str(OURS / "model.keras")]
    assert subprocess.run(command, cwd=CODE, check=False).returncode == 0


# -- invalid archives ----------------------------------------------------------------------------

PARTS = [(METADATA, b"{}"), (CONFIG, json.dumps(sequential(PLAIN)).encode())]
NUMBERS = (WEIGHTS, PLAIN_WEIGHTS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"not a model at all" * 100,
        b"\x80\x04\x95" + bytes(1_000),  # a pickle
        archive([]),
        archive([*PARTS]),
        archive([*PARTS, NUMBERS, ("assets/x.txt", b"x")]),
        archive([*PARTS, (f"../{WEIGHTS}", NUMBERS[1])]),
        archive([*PARTS, (f"/tmp/{WEIGHTS}", NUMBERS[1])]),
        archive([*PARTS, (f"assets\\..\\{WEIGHTS}", NUMBERS[1])]),
        GOOD[:-1],
        GOOD[:-5_000],
        GOOD + b"an undeclared comment",
    ],
)
def test_what_is_no_archive_of_keras_gets_a_sentence(content: bytes) -> None:
    assert "not a model file of Keras" in refused(content)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_no_file_may_be_there_twice() -> None:
    assert "not a model file" in refused(archive([*PARTS, PARTS[1]]))
    assert "not a model file" in refused(archive([*PARTS, NUMBERS, NUMBERS]))


def test_a_zip_bomb_is_not_unpacked() -> None:
    bomb = archive([*PARTS, (WEIGHTS, bytes(2 * MAX_BYTES))], packed=zipfile.ZIP_DEFLATED)
    assert len(bomb) < MAX_BYTES / 100
    assert "larger than 64 MB" in refused(bomb)
    liar = bytearray(bomb)  # its table claims a small size
    entry = liar.rindex(b"PK\x01\x02")
    liar[entry + 24 : entry + 28] = struct.pack("<I", 1000)
    assert "damaged" in refused(bytes(liar))
    words = archive([PARTS[0], (CONFIG, bytes(15_000_000)), NUMBERS], packed=zipfile.ZIP_DEFLATED)
    assert "config.json in the file is too long" in refused(words)


def test_a_table_of_a_million_files_is_not_read() -> None:
    many = archive((f"{i}", b"") for i in range(60_000))
    assert len(many) < MAX_BYTES
    began = time.perf_counter()
    for table in (many, many[:-12] + struct.pack("<H", 3) + many[-10:]):
        assert "not a model file" in refused(table)
    assert time.perf_counter() - began < 0.1


def test_a_file_that_is_too_large_is_not_looked_at() -> None:
    assert "larger than 64 MB" in refused(bytes(MAX_BYTES + 1))


def test_the_server_takes_files_of_this_size() -> None:
    config = tomllib.loads((CODE / ".streamlit" / "config.toml").read_text())
    assert config["server"]["maxUploadSize"] * 10**6 >= MAX_BYTES


def test_encrypted_damaged_and_oddly_packed_parts() -> None:
    locked = bytearray(GOOD)
    at = locked.index(b"PK\x01\x02")
    locked[at + 8] |= 1
    assert "encrypted" in refused(bytes(locked))
    assert "packed as Keras" in refused(archive([*PARTS, NUMBERS], packed=zipfile.ZIP_LZMA))
    bent = bytearray(GOOD)
    bent[bent.index(b'"Dense"') + 1] ^= 1
    assert "damaged" in refused(bytes(bent))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not HDF5"),
        (b"x" * 200_000, "not HDF5"),
        (SIGNATURE, "cannot be read"),
        (SIGNATURE + bytes(200_000), "not stored as Keras does it"),
        (weights(), "Dense (dense): its weights are missing"),
        (weights(16), "Dense (dense): its weights are missing"),
        (weights(17, 10), "Dense (dense): its weights have another shape"),
        (weights(16, 11), "Dense (dense): its weights have another shape"),
    ],
)
def test_weights_that_cannot_be_all_of_them(content: bytes, words: str) -> None:
    assert words in refused(keras_file(sequential(PLAIN), content))


# -- refused descriptions ------------------------------------------------------------------------


def with_(*layers: Any) -> dict[str, Any]:
    """Return a plain network with these layers after the first."""
    return sequential([*PLAIN[:3], *layers, *PLAIN[3:]])


def instead(*layers: Any) -> dict[str, Any]:
    """Return a plain network with these layers in place of its first Dense."""
    return sequential([*PLAIN[:2], *layers, END])


def nested(depth: int) -> dict[str, Any]:
    return sequential([nested(depth - 1)] if depth else PLAIN)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (b"", "damaged"),
        (b"\xff\xfe{", "damaged"),
        (b"[" * 200_000, "damaged"),
        (b'{"a":' * 50_000, "damaged"),
        (b"[]", "does not describe"),
        (b"null", "does not describe"),
        (b'{"class_name": "Sequential", "module": "keras"}', "does not describe"),
        (b'{"class_name": ["x"], "module": "keras"}', "does not describe"),
        ({**sequential([]), "module": "evil"}, "A part Sequential with code of its own"),
        ({**sequential([]), "module": ["keras"]}, "A part Sequential with code of its own"),
        ({**sequential([]), "registered_name": "my>Sequential"}, "code of its own"),
        ({**sequential([]), "class_name": "Lambda"}, "A part Lambda with code of its own"),
        (sequential([]), "2 to 10 numbers"),
        (sequential([None]), "does not describe"),
        (sequential([{**layer("Dense"), "config": None}]), "does not describe"),
        (sequential([image()] * 300), "more than 200 layers"),
        (nested(20), "too deep"),
        (with_(layer("Lambda", function=["4wEAAAA"])), "A part Lambda with code of its own"),
        (with_(layer("TorchModuleWrapper", module="x")), "code of its own"),
        (with_({**layer("Dense"), "module": "os"}), "A part Dense with code of its own"),
        (with_({**layer("Dense"), "registered_name": "my>Dense"}), "code of its own"),
        (with_({**layer("Dense"), "module": None}), "code of its own"),
        (with_({**layer("Custom>Dense"), "registered_name": "Custom>Dense"}), "code of its own"),
        (with_(sequential(PLAIN)), "reads 28 x 28, but gets 16"),
        (with_(functional(PLAIN)), "reads 28 x 28, but gets 16"),
        (with_(layer("Conv2D", filters=3)), "A layer Conv2D: this app does not compute it"),
        (with_(layer("Add")), "A layer Add: it joins several branches"),
        (with_({**layer("x" * 10_000)}), "does not compute"),
        (with_(image()), "reads 28 x 28, but gets 16"),
        (sequential(PLAIN[1:]), "must begin with an Input"),
        (sequential([image(32, 32), *PLAIN[1:]]), "This one reads 32 x 32"),
        (sequential([image(28, 28, 3), *PLAIN[1:]]), "28 x 28 x 3"),
        (sequential([image(None, None), *PLAIN[1:]]), "another shape"),  # type: ignore[arg-type]
        (sequential([layer("InputLayer", batch_shape=7), *PLAIN[1:]]), "28 x 28"),
        (sequential([layer("InputLayer"), *PLAIN[1:]]), "28 x 28"),
        (sequential([image(), dense(16), END]), "Flatten layer must come before"),
        (sequential([*PLAIN[:-1], dense(16, "softmax")]), "weights have another shape"),
        (sequential([*PLAIN[:3]]), "2 to 10 numbers"),
        (sequential([*PLAIN[:-1], dense(10, "relu")]), "last layer's activation is relu"),
        (sequential([image(), FLAT, dense(16, "softmax"), END]), "hidden layer has"),
        (with_(dense(10**9)), "Units must be a whole number from 1 to 4,096"),
        (with_(dense(10**400)), "Units must be a whole number from 1 to 4,096"),
        (with_(dense(-1)), "Units must be a whole number from 1 to 4,096"),
        (with_(dense(True)), "not described"),
        (with_(dense(16.0)), "not described"),
        (instead(dense(16, "gelu_new")), "no activation 'gelu_new'"),
        (instead(dense(16, "glu")), "no activation 'glu'"),
        (instead(dense(16, {"module": "builtins", "class_name": "function"})), "whose code"),
        (instead(dense(16, {"class_name": "LeakyReLU", "config": 5})), "whose code"),
        (instead(dense(16, ["relu"])), "whose code"),
        (with_(dense(16, dtype="float16")), "with 32 bits"),
        (with_(dense(16, dtype={"config": {"name": "mixed_float16"}})), "with 32 bits"),
        (with_(dense(16, dtype={"class_name": "QuantizedDTypePolicy"})), "with 32 bits"),
        (with_(dense(16, lora_rank=4)), "quantised or adapted"),
        (with_(dense(16, quantization_config={"a": 1})), "quantised or adapted"),
        (with_(layer("Activation", activation="tanh")), "must follow a Dense"),
        (sequential([image(), layer("Softmax"), *PLAIN[1:]]), "must follow a Dense"),
        (instead(dense(16, "linear"), layer("ReLU", threshold=1.0)), "no ReLU with a threshold"),
        (instead(dense(16, "linear"), layer("ReLU", max_value=-1.0)), "no ReLU with a threshold"),
        (instead(dense(16, "linear"), layer("ReLU", max_value="6")), "no ReLU with a threshold"),
        (
            instead(dense(16, "linear"), layer("LeakyReLU", negative_slope={"a": 1})),
            "a number from 0 to 10",
        ),
        (instead(dense(16, "linear"), layer("LeakyReLU", alpha=1e300)), "a number from 0 to 10"),
        (instead(dense(16, "linear"), layer("ELU", alpha=-1)), "a number from 0 to 10"),
        (with_(layer("Softmax", axis=0)), "over the classes"),
        (with_(layer("Rescaling", scale=2.0)), "before the Dense layers"),
        (with_(layer("Normalization")), "before the Dense layers"),
        (with_(layer("Reshape", target_shape=[4, 4])), "must make 28 x 28 pixels"),
        (sequential([image(), layer("Rescaling", scale=[1.0])]), "add one number"),
        (sequential([image(), layer("Rescaling", scale=float("nan"))]), "add one number"),
        (sequential([image(), layer("Rescaling", scale=10**400)]), "add one number"),
        (sequential([image(), layer("Rescaling", scale=1.0, offset="x")]), "add one number"),
        (sequential([image(), layer("Normalization", axis=[7])]), "has no axis 7"),
        (sequential([image(), layer("Normalization", axis="x")]), "has no axis"),
        (sequential([image(), layer("Normalization", axis=0)]), "has no axis 0"),
        (sequential([image(), layer("Normalization", mean=[[1], "x"])]), "another shape"),
        (sequential([image(), layer("Normalization", mean=[1.0] * 3)]), "another shape"),
        (
            sequential([image(), layer("UnitNormalization", axis=-1), *PLAIN[1:]]),
            "only the columns",
        ),
        (sequential([image(), layer("Reshape", target_shape=[14, 56])]), "Reshape (reshape)"),
        (sequential([image(), layer("Reshape", target_shape=[-1, -1])]), "Reshape (reshape)"),
        (sequential([image(), layer("Reshape", target_shape=[0, -1])]), "Reshape (reshape)"),
        (sequential([image(), layer("Reshape", target_shape="x")]), "Reshape (reshape)"),
        (sequential([image(), layer("Flatten", data_format="channels_first")]), "colours first"),
        (with_(layer("BatchNormalization")), "BatchNormalization (batchnormalization): its"),
        (with_(layer("BatchNormalization", renorm=True)), "without renorm"),
        (with_(layer("BatchNormalization", axis=[1, 1.5])), "has no axis"),
        (with_(layer("Dropout", rate="x")), "no valid rate"),
        (sequential([*PLAIN[:3], layer("Dropout", rate=0.99), END]), "Dropout must be a number"),
    ],
)
def test_what_is_not_known_gets_a_sentence(config: Any, words: str) -> None:
    assert words in refused(keras_file(config))


def test_too_many_layers_or_weights() -> None:
    deep = sequential([image(), FLAT, *[dense(10)] * 9, END])
    assert "At most 8 hidden layers" in refused(keras_file(deep, weights(*[10] * 10)))
    wide = sequential([image(), FLAT, *[dense(4096)] * 2, END])
    assert "more than 5,000,000 weights" in refused(keras_file(wide, weights(4096)))


def branched(**changes: Any) -> dict[str, Any]:
    """Return a functional model whose third layer breaks the chain."""
    model = functional(PLAIN)
    model["config"]["layers"][2] |= changes
    return model


def called(*tensors: Any, **kwargs: Any) -> dict[str, Any]:
    args = [{"config": {"keras_history": tensor}} for tensor in tensors]
    return {"inbound_nodes": [{"args": args, "kwargs": kwargs}]}


def ends(**changes: Any) -> dict[str, Any]:
    return {**functional(PLAIN), "config": {**functional(PLAIN)["config"], **changes}}


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (branched(**called(["layer_0", 0, 0])), "plain chain"),
        (branched(**called(["layer_2", 0, 0])), "plain chain"),
        (branched(**called(["layer_1", 0, 0], ["layer_0", 0, 0])), "plain chain"),
        (branched(**called(["layer_1", 0, 0], training=True)), "plain chain"),
        (branched(**called(["layer_1", 0, 1])), "plain chain"),
        (branched(**called([["layer_1"], 0, 0])), "plain chain"),
        (branched(inbound_nodes=[]), "plain chain"),
        (branched(inbound_nodes=[{}, {}]), "plain chain"),
        (branched(inbound_nodes=[{"args": "x", "kwargs": {}}]), "plain chain"),
        (branched(inbound_nodes=[{"args": [{"config": []}], "kwargs": {}}]), "plain chain"),
        (branched(inbound_nodes=[[["layer_1", 0, 0, {}], ["layer_0", 0, 0, {}]]]), "plain chain"),
        (branched(name=None), "does not describe"),
        (branched(name="layer_1"), "does not describe"),
        (ends(output_layers=[]), "one input and one output"),
        (ends(input_layers=[[]]), "one input and one output"),
        (ends(output_layers=[["layer_4", 0, 0], ["layer_3", 0, 0]]), "one input and one output"),
        (ends(output_layers=["layer_3", 0, 0]), "plain chain"),
        (ends(output_layers=["nowhere", 0, 0]), "plain chain"),
    ],
)
def test_a_functional_model_that_is_no_chain_gets_a_sentence(model: Any, words: str) -> None:
    assert words in refused(keras_file(model))


def test_lists_of_one_input_and_one_output_and_any_order_are_a_chain() -> None:
    listed = ends(input_layers=[["layer_0", 0, 0]], output_layers=[["layer_4", 0, 0]])
    assert read_keras_file(keras_file(listed)).recipe("", "digits").network == "784-16-10"
    layers = listed["config"]["layers"]
    layers[0], layers[1] = layers[1], layers[0]  # the order in the list does not matter
    assert read_keras_file(keras_file(listed)).recipe("", "digits").network == "784-16-10"


def test_only_layers_of_the_list_are_understood() -> None:
    """Without its settings, each layer in the list gets its own error message."""
    known = {"InputLayer", "Flatten", "Dense", "Dropout"}
    for kind in set(LAYERS) - known:
        assert "does not compute" not in refused(keras_file(sequential([image(), layer(kind)])))


def test_a_file_without_hidden_layers_is_softmax_regression() -> None:
    found = read_keras_file(keras_file(sequential([image(), FLAT, END]), weights(10)))
    assert found.recipe("x", "mnist").hidden == ()


ODD = (None, True, -1, 1.5, 10**400, float("nan"), "x", [], {}, [[]], [None], {"a": 1}, [28, 28])


def places(item: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value inside a description."""
    inside: list[tuple[Any, Any]] = []
    if isinstance(item, dict | list):
        inside = list(item.items() if isinstance(item, dict) else enumerate(item))
    return [path, *(place for key, value in inside for place in places(value, (*path, key)))]


@pytest.mark.parametrize("form", [sequential, functional])
def test_an_odd_value_anywhere_makes_no_more_than_a_sentence(form: Callable[[Any], Any]) -> None:
    plain = [PLAIN[0], layer("Rescaling", scale=0.5), layer("Reshape", target_shape=[784])]
    text = json.dumps(form([*plain, dense(16, "linear"), layer("LeakyReLU", alpha=0.1), END]))
    read, sentences = 0, set()
    for number, (*way, last) in enumerate(places(json.loads(text))[1:]):
        for odd in ODD[number % 3 :: 3]:
            config = json.loads(text)
            place = config
            for key in way:
                place = place[key]
            place[last] = odd
            try:
                read_keras_file(keras_file(config))
                read += 1
            except KerasFileError as error:
                sentences.add(str(error))
    assert read, "some values do not matter"
    assert len(sentences) > 20 and not any("{" in sentence for sentence in sentences)
