"""Plain Python code that loads a recipe's data set like the app: uint8 images and labels."""

from model_store.recipe.recipe import Recipe
from model_store.text import _
from training.data.download import KMNIST_ADDRESS, SHA256


def import_lines(recipe: Recipe) -> list[str]:
    """Return the imports of a recipe's code, sorted as the style guide says."""
    digits, augment = recipe.dataset == "digits", bool(recipe.augment)
    downloads = not (digits or recipe.own)
    standard = ["import gzip"] * (recipe.dataset == "kmnist") + ["import math"] * augment
    standard += ["from pathlib import Path"] * downloads
    standard += ["from types import SimpleNamespace"] * (augment or bool(recipe.spoil))
    other = ["import keras", "import numpy as np"] + ["import tensorflow as tf"] * augment
    if digits:
        other += ["from PIL import Image", "from sklearn.datasets import load_digits"]
        other.append("from sklearn.model_selection import train_test_split")
    return [*standard, *([""] if standard else []), *other]


def load_code(recipe: Recipe) -> str:
    """Return code that sets `x_train`, `y_train`, `x_test`, `y_test`; it ends with a line break."""
    if recipe.own is not None:
        words = _("Download this file from the run's page, into the folder that you work in.")
        return _OWN.format(words=words, name=recipe.dataset)
    if recipe.dataset == "kmnist":
        return _KMNIST.format(
            offline=_("No network? Put this file into the folder that you work in."),
            download=_("Downloaded the first time, then kept on this computer."),
            address=KMNIST_ADDRESS,
            files="\n".join(
                f'        (\n            "{file}",\n            "{sha256}",\n        ),'
                for file, sha256 in SHA256.items()
            ),
        )
    if recipe.dataset != "digits":
        return _KERAS.format(
            name=recipe.dataset,
            offline=_("No network? Put this file into the folder that you work in."),
            download=_("Downloaded the first time, then kept on this computer."),
        )
    return _DIGITS.format(
        source=_("scikit-learn's digits have 8 x 8 pixels of ink 0 to 16. They are enlarged, then"),
        prepared=_("prepared like MNIST: cropped, fitted into 20 x 20, centred by mass."),
        enlarge=_("Enlarge 8 x 8 of 0 to 16 smoothly to 80 x 80 of 0 to 1."),
        fit=_("Crop to the ink, then make the long side 20 pixels."),
        centre=_("Put the centre of mass into the middle of 28 x 28."),
        train=recipe.data.train,
        test=recipe.data.test,
    )


_OWN = """\
# {words}
with np.load("{name}.npz") as data:
    x_train, y_train = data["x_train"], data["y_train"]
    x_test, y_test = data["x_test"], data["y_test"]
    print("classes:", *data["class_names"])
"""

_KERAS = """\
# {offline}
file = Path("{name}.npz")
if file.is_file():
    with np.load(file) as data:
        x_train, y_train = data["x_train"], data["y_train"]
        x_test, y_test = data["x_test"], data["y_test"]
else:
    # {download}
    (x_train, y_train), (x_test, y_test) = keras.datasets.{name}.load_data()
"""

_KMNIST = """\
# {offline}
file = Path("kmnist.npz")
if file.is_file():
    with np.load(file) as data:
        x_train, y_train = data["x_train"], data["y_train"]
        x_test, y_test = data["x_test"], data["y_test"]
else:
    # {download}
    address = "{address}"
    found = []
    for name, sha256 in (
{files}
    ):
        path = keras.utils.get_file(f"kmnist-{{name}}", address + name, file_hash=sha256)
        with gzip.open(path) as packed:
            found.append(np.frombuffer(packed.read(), "uint8"))
    x_train, y_train = found[0][16:].reshape(-1, 28, 28), found[1][8:]
    x_test, y_test = found[2][16:].reshape(-1, 28, 28), found[3][8:]
"""

# The arithmetic of `training.images.preprocess.normalise`; a test compares the arrays.
_DIGITS = '''\
# {source}
# {prepared}


def enlarge(image):
    """{enlarge}"""
    small = Image.fromarray((image / 16).astype("float32"))
    large = small.resize((80, 80), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(large), 0, 1)


def fit(ink):
    """{fit}"""
    rows = np.flatnonzero((ink > 0.02).any(axis=1))
    columns = np.flatnonzero((ink > 0.02).any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = ink.shape
    scale = 20 / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = Image.Resampling.BOX if max(height, width) > 20 else Image.Resampling.BICUBIC
    return np.clip(np.asarray(Image.fromarray(ink).resize(size, how)), 0, 1)


def centre(ink):
    """{centre}"""
    height, width = ink.shape
    row = ink.sum(axis=1) @ np.arange(height) / ink.sum()
    column = ink.sum(axis=0) @ np.arange(width) / ink.sum()
    top = int(np.clip(np.floor(14 - row + 0.5), 0, 28 - height))
    left = int(np.clip(np.floor(14 - column + 0.5), 0, 28 - width))
    image = np.zeros((28, 28), "float32")
    image[top : top + height, left : left + width] = ink
    return np.rint(image * 255).astype("uint8")


digits = load_digits()
images = np.stack([centre(fit(enlarge(image))) for image in digits.images])
train, test = train_test_split(
    np.arange(len(images)),
    train_size={train},
    test_size={test},
    random_state=0,
    stratify=digits.target,
)
train.sort()
test.sort()
x_train, y_train = images[train], digits.target[train]
x_test, y_test = images[test], digits.target[test]
'''
