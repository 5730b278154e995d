"""Spoiling: what a recipe does to its training images and labels on purpose. Pure, any thread.

`training.data.spoil` does it, by the recipe's seed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from model_store.recipe.choices import CLASSES
from model_store.recipe.text import percent
from model_store.recipe.validation import Choice, Number, OneOf, Setting
from model_store.text import N_, _

SPOILED: Mapping[str, Choice] = {
    "training": Choice(
        N_("training images only"), N_("Validation images stay good, so validation shows the harm.")
    ),
    "validation": Choice(
        N_("validation images too"),
        N_(
            "Validation images are spoiled in the same way. Validation accuracy can then be "
            "higher or lower than test accuracy."
        ),
    ),
}


def _share(label: str, help_: str) -> Number:
    return Number(label, help_, 0.0, 1.0, 0.05)


def _class(label: str, help_: str) -> Number:
    return Number(label, help_, 0, CLASSES - 1, whole=True, optional=True)


SPOILS: Mapping[str, Setting] = {
    "wrong_labels": _share(
        N_("Wrong labels"), N_("Part of the labels that is made wrong: 0.2 is every fifth one.")
    ),
    "wrong_from": _class(N_("Labels of"), N_("Only labels of this class become wrong.")),
    "wrong_to": _class(N_("become"), N_("Every wrong label is this class.")),
    "rare_class": _class(N_("Rare class"), N_("Most images of this class are taken away, or all.")),
    "rare_share": _share(
        N_("Part of it that is kept"), N_("0 leaves the class out; 0.05 keeps every twentieth.")
    ),
    "noise": Number(
        N_("Noise"),
        N_("A random number is added to each pixel: its standard deviation, where white is 1."),
        0.0,
        1.0,
        0.05,
    ),
    "patch": _share(
        N_("Dot that gives the answer away"),
        N_("Part of the images with a white dot in the top edge. Its place tells the label."),
    ),
    "where": OneOf(N_("Spoiled are"), "", SPOILED),
}


@dataclass(frozen=True, slots=True)
class Spoil:
    """Settings that spoil training images; `SPOILS` has their bounds.

    `wrong_labels` counts among the images of `wrong_from` (None: of all other classes than
    `wrong_to`). A wrong label is `wrong_to` (None: any other class). `rare_share` of `rare_class`
    is kept. `noise` is a standard deviation, where white is 1. `patch` is a share of the images.
    """

    wrong_labels: float = 0.0
    wrong_from: int | None = None
    wrong_to: int | None = None
    rare_class: int | None = None
    rare_share: float = 0.0
    noise: float = 0.0
    patch: float = 0.0
    where: str = "training"

    def __bool__(self) -> bool:
        """True if anything is spoiled."""
        return bool(self.wrong_labels or self.noise or self.patch or self.thins)

    @property
    def thins(self) -> bool:
        """True if images of a class are taken away."""
        return self.rare_class is not None and self.rare_share < 1

    @property
    def values(self) -> dict[str, float | int | str | None]:
        """Every field by its name."""
        return {name: getattr(self, name) for name in self.__slots__}

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield a field's name and one sentence for each value that is not allowed."""
        for name, setting in SPOILS.items():
            if problem := setting.problem(getattr(self, name)):
                yield name, problem
        if self.wrong_from is not None and self.wrong_from == self.wrong_to:
            yield "wrong_to", _("A wrong label must be another class.")

    def canonical(self) -> "Spoil":
        """Return the same spoiling with defaults in all fields that do not count, and floats."""
        if not self:
            return UNSPOILED
        out = replace(
            self,
            wrong_labels=float(self.wrong_labels),
            rare_share=float(self.rare_share),
            noise=float(self.noise),
            patch=float(self.patch),
        )
        if not out.wrong_labels:
            out = replace(out, wrong_from=None, wrong_to=None)
        return out if out.thins else replace(out, rare_class=None, rare_share=0.0)

    def to_dict(self) -> dict[str, float | int | str | None]:
        """Return the fields that are not at their defaults, as plain JSON types."""
        usual = UNSPOILED.values
        return {name: value for name, value in self.values.items() if value != usual[name]}


UNSPOILED = Spoil()


def spoil_sentences(spoil: Spoil, names: Sequence[str]) -> list[str]:
    """Return what is spoiled as plain sentences; `names` are those of the classes."""
    found = []
    if spoil.wrong_labels:
        sentence = {
            (False, False): _("{share} of the labels are wrong, chosen at random."),
            (True, False): _("{share} of the images of {from_} have a wrong label."),
            (False, True): _("{share} of the images of other classes are labelled {to}."),
            (True, True): _("{share} of the images of {from_} are labelled {to}."),
        }[spoil.wrong_from is not None, spoil.wrong_to is not None]
        found.append(
            sentence.format(
                share=percent(spoil.wrong_labels, 0),
                from_=names[spoil.wrong_from or 0],
                to=names[spoil.wrong_to or 0],
            )
        )
    if spoil.thins:
        rare = names[spoil.rare_class or 0]
        sentence = _("Only {share} of the images of {rare} are kept.")
        if not spoil.rare_share:
            sentence = _("There is no image of {rare}.")
        found.append(sentence.format(rare=rare, share=percent(spoil.rare_share, 1)))
    if spoil.noise:
        sentence = _("Each pixel has noise of strength {noise}, where white is 1.")
        found.append(sentence.format(noise=f"{spoil.noise:g}"))
    if spoil.patch:
        sentence = _("{share} of the images have a dot whose place tells the label.")
        found.append(sentence.format(share=percent(spoil.patch, 0)))
    return found
