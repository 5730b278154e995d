"""Uploaded Keras files before they are opened: supported models, and errors for all others."""

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
    archive,
    dense,
    functional,
    image,
    keras_file,
    layer,
    sequential,
)
from training.keras_import.archive import (
    CONFIG,
    HDF5,
    MAX_BYTES,
    METADATA,
    PIXEL_RANGES,
    WEIGHTS,
    KerasFile,
    KerasFileError,
    prepare_import,
    read_keras_file,
    write_keras_file,
)
from training.keras_import.config import LAYERS
from training.keras_import.layers import Dense, Network, Scaling

GOOD = keras_file(sequential(PLAIN))
CODE = Path(__file__).resolve().parents[3]


def refused(content: bytes) -> str:
    """Return the error message for a file."""
    with pytest.raises(KerasFileError) as error:
        read_keras_file(content)
    sentence = str(error.value)
    assert sentence.endswith((".", ")")) and len(sentence) < 300
    return sentence


# -- supported models ----------------------------------------------------------------------------


def test_a_network_is_understood() -> None:
    first, last = Dense(16, "relu", 0.2, True), Dense(10, "softmax", 0.0, True)
    assert read_keras_file(GOOD).network == Network((first, last))
    assert read_keras_file(GOOD).network.parameters == 785 * 16 + 17 * 10


def test_an_export_of_this_app_is_its_recipe_again() -> None:
    network = read_keras_file((OURS / "model.keras").read_bytes()).network
    recipe = Recipe.from_dict(json.loads((OURS / "recipe.json").read_text()))
    assert network.recipe("", "mnist").hidden == recipe.hidden
    assert network.parameters == recipe.parameters


@pytest.mark.parametrize(
    "layers",
    [
        [image(784), dense(16), END],
        [image(28, 28, 1), FLAT, dense(16), END],
        [image(), layer("Reshape", target_shape=[784]), dense(16), END],
        [image(784), layer("Reshape", target_shape=[28, 28, 1]), FLAT, dense(16), END],
        [image(), layer("Reshape", target_shape=[-1]), dense(16), END],
        [image(), FLAT, dense(16, "linear"), layer("ReLU", negative_slope=0.0), END],
        [image(), FLAT, dense(16), dense(10, "linear"), layer("Softmax", axis=-1)],
        [image(), FLAT, dense(16, "linear"), layer("Activation", activation="relu"), END],
        [image(), layer("Dropout", rate=0.1), FLAT, dense(16), FLAT, END],
    ],
)
@pytest.mark.parametrize("form", [sequential, functional])
def test_one_network_in_many_words(form: Callable[[Any], Any], layers: list[Any]) -> None:
    network = read_keras_file(keras_file(form(layers))).network
    assert network.dense == (Dense(16, "relu", 0.0, True), Dense(10, "softmax", 0.0, True))


def test_logits_other_names_and_layers_without_bias() -> None:
    layers = [image(), FLAT, {**dense(16, "swish")}, dense(10, "linear")]
    layers[2]["config"]["use_bias"] = False
    network = read_keras_file(keras_file(sequential(layers))).network
    assert network.dense == (Dense(16, "silu", 0.0, False), Dense(10, "linear", 0.0, True))


def test_pixels_are_scaled_by_the_file_and_by_the_form() -> None:
    scaled = [image(), layer("Rescaling", scale=1 / 127.5, offset=-1), FLAT, END]
    found = read_keras_file(keras_file(sequential(scaled)))
    assert found.network.scaling == Scaling(1 / 127.5, -1.0) and found.likely_pixel_range == "raw"
    assert read_keras_file(GOOD).likely_pixel_range == "unit"
    halved = Scaling(0.5, 1.0).then(Scaling(4.0, 3.0))
    assert (halved.scale * 10 + halved.offset) == (0.5 * 10 + 1.0) * 4.0 + 3.0
    for _words, scaling in PIXEL_RANGES.values():
        assert (scaling.offset, scaling.scale * 255 + scaling.offset) in [(0, 1), (0, 255), (-1, 1)]


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
    again = read_keras_file(start.weights)
    assert again.network.scaling == Scaling(1 / 127.5, -1.0)
    assert again.network.dense == read_keras_file(content).network.dense
    assert b"Evil" not in start.weights and b"system" not in start.weights
    assert read_keras_file(write_keras_file(again)) == again


def test_an_origin_from_a_file_comes_back(tmp_path: Path) -> None:
    _recipe, start = prepare_import(GOOD, "x.keras", "mine", "digits", "unit")
    (tmp_path / "origin.json").write_bytes(start.provenance.to_json())
    assert Provenance.read(tmp_path) == start.provenance


def test_checking_a_file_loads_neither_keras_nor_hdf5() -> None:
    words = (
        "import sys; from training.keras_import.archive import read_keras_file; "
        "read_keras_file(open(sys.argv[1], 'rb').read())"
    )
    words += "; sys.exit(bool({'tensorflow', 'keras', 'h5py'} & set(sys.modules)))"
    command = [sys.executable, "-c", words, str(OURS / "model.keras")]
    assert subprocess.run(command, cwd=CODE, check=False).returncode == 0


# -- invalid archives ----------------------------------------------------------------------------

PARTS = [(METADATA, b"{}"), (CONFIG, json.dumps(sequential(PLAIN)).encode())]
NUMBERS = (WEIGHTS, HDF5 + bytes(200_000))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"\x89HDF\r\n\x1a\n" + bytes(5_000),
        b"not a model at all" * 100,
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
    assert "not a .keras file" in refused(content)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_no_file_may_be_there_twice() -> None:
    assert "not a .keras file" in refused(archive([*PARTS, PARTS[1]]))
    assert "not a .keras file" in refused(archive([*PARTS, NUMBERS, NUMBERS]))


def test_a_zip_bomb_is_not_unpacked() -> None:
    bomb = archive([*PARTS, (WEIGHTS, HDF5 + bytes(2 * MAX_BYTES))], packed=zipfile.ZIP_DEFLATED)
    assert len(bomb) < MAX_BYTES / 100
    assert "larger than 20 MB" in refused(bomb)
    liar = bytearray(bomb)  # its table claims a small size
    entry = liar.rindex(b"PK\x01\x02")
    liar[entry + 24 : entry + 28] = struct.pack("<I", 1000)
    assert "damaged" in refused(bytes(liar)) or "too small" in refused(bytes(liar))
    words = archive([PARTS[0], (CONFIG, bytes(15_000_000)), NUMBERS], packed=zipfile.ZIP_DEFLATED)
    assert "config.json in the file is too long" in refused(words)


def test_a_table_of_a_million_files_is_not_read() -> None:
    many = archive((f"{i}", b"") for i in range(60_000))
    assert len(many) < MAX_BYTES
    began = time.perf_counter()
    for table in (many, many[:-12] + struct.pack("<H", 3) + many[-10:]):
        assert "not a .keras file" in refused(table)
    assert time.perf_counter() - began < 0.1


def test_a_file_that_is_too_large_is_not_looked_at() -> None:
    assert "larger than 20 MB" in refused(bytes(MAX_BYTES + 1))


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
    "weights", [b"", HDF5, bytes(200_000), HDF5 + bytes(4 * (785 * 16 + 170) - 9)]
)
def test_weights_that_cannot_be_all_of_them(weights: bytes) -> None:
    assert "too small" in refused(keras_file(sequential(PLAIN), weights))


# -- refused configurations ----------------------------------------------------------------------


def with_(*layers: Any) -> dict[str, Any]:
    """Return a plain network with these layers after the first."""
    return sequential([*PLAIN[:3], *layers, *PLAIN[3:]])


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
        ({**sequential([]), "module": "evil"}, "does not open: 'Sequential'"),
        ({**sequential([]), "module": ["keras"]}, "does not open: 'Sequential'"),
        ({**sequential([]), "registered_name": "my>Sequential"}, "does not open"),
        ({**sequential([]), "class_name": "Lambda"}, "does not open: 'Lambda'"),
        (sequential([]), "2 to 10 numbers"),
        (sequential([None]), "does not describe"),
        (sequential([{**layer("Dense"), "config": None}]), "does not describe"),
        (with_(layer("Lambda", function=["4wEAAAA"])), "does not open: 'Lambda'"),
        (with_(layer("TorchModuleWrapper", module="x")), "does not open"),
        (with_({**layer("Dense"), "module": "os"}), "does not open: 'Dense'"),
        (with_({**layer("Dense"), "registered_name": "my>Dense"}), "does not open"),
        (with_({**layer("Dense"), "module": None}), "does not open"),
        (with_(sequential(PLAIN)), "does not open: 'Sequential'"),
        (with_(functional(PLAIN)), "does not open: 'Functional'"),
        (with_(layer("Conv2D", filters=3)), "does not open: 'Conv2D'"),
        (with_({**layer("x" * 10_000)}), "does not open"),
        (with_(image()), "must begin with an Input"),
        (sequential(PLAIN[1:]), "must begin with an Input"),
        (sequential([image(32, 32), *PLAIN[1:]]), "28 x 28"),
        (sequential([image(28, 28, 3), *PLAIN[1:]]), "28 x 28"),
        (sequential([layer("InputLayer", batch_shape=7), *PLAIN[1:]]), "28 x 28"),
        (sequential([layer("InputLayer"), *PLAIN[1:]]), "28 x 28"),
        (sequential([image(), dense(16), END]), "Flatten layer must come before"),
        (sequential([*PLAIN[:-1], dense(11, "softmax")]), "2 to 10 numbers"),
        (sequential([*PLAIN[:-1], dense(10, "relu")]), "last layer's activation is relu"),
        (sequential([image(), FLAT, dense(16, "softmax"), END]), "hidden layer"),
        (with_(dense(10**9)), "Units must be a whole number from 1 to 4,096"),
        (with_(dense(10**400)), "Units must be a whole number from 1 to 4,096"),
        (with_(dense(-1)), "Units must be a whole number from 1 to 4,096"),
        (with_(dense(True)), "not described"),
        (with_(dense(16.0)), "not described"),
        (with_(dense(4096), dense(4096), dense(4096)), "at most 20,000,000"),
        (with_(dense(4096)), "too small"),
        (with_(*[dense(16)] * 9), "At most 8 hidden layers"),
        (with_(dense(16, "exponential")), "'exponential' is not one of"),
        (with_(dense(16, {"module": "builtins", "class_name": "function"})), "is not one of"),
        (with_(dense(16, None)), "is not one of"),
        (with_(dense(16, dtype="float16")), "float32"),
        (with_(dense(16, dtype={"config": {"name": "mixed_float16"}})), "float32"),
        (with_(dense(16, dtype={"class_name": "QuantizedDTypePolicy"})), "float32"),
        (with_(dense(16, lora_rank=4)), "quantised or adapted"),
        (with_(dense(16, quantization_config={"a": 1})), "quantised or adapted"),
        (with_(layer("Activation", activation="relu")), "must follow a Dense"),
        (sequential([image(), layer("Softmax"), *PLAIN[1:]]), "must follow a Dense"),
        (with_(dense(16, "linear"), layer("ReLU", max_value=6.0)), "must be the plain one"),
        (with_(dense(16, "linear"), layer("Softmax", axis=0)), "over the classes"),
        (with_(layer("Rescaling", scale=2.0)), "before the Dense layers"),
        (with_(layer("Reshape", target_shape=[4, 4])), "before the Dense layers"),
        (sequential([image(), layer("Rescaling", scale=[1.0])]), "add one number"),
        (sequential([image(), layer("Rescaling", scale=float("nan"))]), "add one number"),
        (sequential([image(), layer("Rescaling", scale=10**400)]), "add one number"),
        (sequential([image(), layer("Rescaling", scale=1.0, offset="x")]), "add one number"),
        (sequential([image(), layer("Reshape", target_shape=[14, 56])]), "Reshape layer"),
        (sequential([image(), layer("Reshape", target_shape="x")]), "Reshape layer"),
        (with_(layer("Dropout", rate="x")), "no valid rate"),
        (sequential([*PLAIN[:3], layer("Dropout", rate=0.99), END]), "Dropout must be a number"),
    ],
)
def test_what_is_not_known_gets_a_sentence(config: Any, words: str) -> None:
    assert words in refused(keras_file(config))


def branched(**changes: Any) -> dict[str, Any]:
    """Return a functional model whose third layer breaks the chain."""
    model = functional(PLAIN)
    model["config"]["layers"][2] |= changes
    return model


def called(*tensors: Any, **kwargs: Any) -> dict[str, Any]:
    args = [{"config": {"keras_history": tensor}} for tensor in tensors]
    return {"inbound_nodes": [{"args": args, "kwargs": kwargs}]}


@pytest.mark.parametrize(
    "model",
    [
        branched(**called(["layer_0", 0, 0])),
        branched(**called(["layer_1", 0, 0], ["layer_0", 0, 0])),
        branched(**called(["layer_1", 0, 0], training=True)),
        branched(**called(["layer_1", 1, 0])),
        branched(inbound_nodes=[]),
        branched(inbound_nodes=[{}, {}]),
        branched(inbound_nodes=[{"args": "x", "kwargs": {}}]),
        branched(inbound_nodes=[{"args": [{"config": []}], "kwargs": {}}]),
        branched(name=None),
        {**functional(PLAIN), "config": {**functional(PLAIN)["config"], "output_layers": []}},
        {**functional(PLAIN), "config": {**functional(PLAIN)["config"], "input_layers": [[]]}},
    ],
)
def test_a_functional_model_that_is_no_chain_gets_a_sentence(model: Any) -> None:
    assert "not a plain chain" in refused(keras_file(model))


def test_only_layers_of_the_list_are_understood() -> None:
    """Without its settings, each layer in the list gets its own error message."""
    known = {"InputLayer", "Flatten", "Dense", "Dropout"}
    for kind in set(LAYERS) - known:
        assert "does not open" not in refused(keras_file(sequential([image(), layer(kind)])))


def test_a_file_without_hidden_layers_is_softmax_regression() -> None:
    found = read_keras_file(keras_file(sequential([image(), FLAT, END])))
    assert found == KerasFile(Network((Dense(10, "softmax", 0.0, True),)), found.weights)
    assert found.network.recipe("x", "mnist").hidden == ()
