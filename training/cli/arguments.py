"""Options of `python -m training`, and the command that repeats a training."""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from model_store.recipe.choices import DATASETS
from model_store.text import _


class UsageError(Exception):
    """Options that cannot be carried out; the message is a sentence for a person."""


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command line; `verify RECEIPT` is short for `--verify RECEIPT`."""
    words = list(words)
    if words[:1] == ["verify"]:
        words[0] = "--verify"
    return _parser().parse_args(words)


def command(options: argparse.Namespace) -> str:
    """Return the command that trains the same again; files by their names, without folders."""
    words = ["python -m training"]
    for name, value in vars(options).items():
        for item in value if isinstance(value, list) else [value]:
            if name != "store" and item is not None and item is not False:
                text = item.name if isinstance(item, Path) else str(item)
                words.append(f"--{name.replace('_', '-')} {shlex.quote(text)}")
    return " ".join(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training", description=_("Train a classifier into the model store.")
    )
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--recipe", help=_("a recipe's name, or a recipe .json file"))
    task.add_argument("--list", action="store_true", help=_("list the recipes"))
    words = _("train a receipt's run again and compare; also: verify RECEIPT")
    task.add_argument("--verify", metavar="RECEIPT", type=Path, help=words)
    task.add_argument("--resume", metavar="RUN", help=_("continue from a run's last checkpoint"))
    parser.add_argument("--seed", type=int, help=_("instead of the recipe's"))
    parser.add_argument("--epochs", type=int, help=_("instead of the recipe's"))
    parser.add_argument("--subset", type=int, help=_("number of images to train on"))
    parser.add_argument("--store", type=Path, help=_("folder of the runs"))
    words = _("They are trained on in every epoch and never tested on; the run's card names them.")
    extra = parser.add_argument_group(_("extra training images"), words)
    words = _("another data set's training images")
    extra.add_argument("--add", choices=DATASETS, action="append", help=words)
    words = _("digits from a pen: JSON, gzip or not")
    extra.add_argument("--strokes", type=Path, metavar="FILE", help=words)
    words = _("authors and licence of the strokes, for the card")
    extra.add_argument("--strokes-from", metavar="TEXT", help=words)
    words = _("make a model that comes with the app, under this id")
    parser.add_argument("--ship", metavar="ID", help=words)
    return parser
