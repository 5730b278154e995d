"""Training without a page: `python -m training --recipe mnist-mlp-512 --seed 0`.

Its runs go into the model store, where the app shows them.
"""

import sys
from collections.abc import Sequence

from model_store import ModelStore, StoreError
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import RecipeError
from model_store.storage.database.database import default_address
from model_store.storage.store import default_root
from training.cli import arguments
from training.cli import store as store_command
from training.cli.arguments import UsageError
from training.cli.ship import ship
from training.cli.train import train
from training.cli.verify import verify
from training.data.datasets import DataError
from training.export.receipt import ReceiptError
from training.export.verification import VerifyError


def main(words: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 if trained or stopped by Ctrl-C, 1 if failed, 2 if not begun."""
    words = sys.argv[1:] if words is None else words
    if words[:1] == ["store"]:
        return store_command.main(words[1:])
    options = arguments.parse(words)
    if options.list:
        for name, published in PRESETS.items():
            recipe = published.recipe
            print(f"{name:26}{recipe.data.label:18}{recipe.network:22}{published.source}")
        return 0
    try:
        if options.ship:
            return ship(options)
        store = ModelStore(options.store or default_root(), address=default_address())
        return verify(store, options) if options.verify else train(store, options)
    except (UsageError, VerifyError, ReceiptError, RecipeError, DataError, StoreError) as error:
        print(error, file=sys.stderr)
        return 2
