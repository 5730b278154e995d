"""Results of a class's activities: tallies, ranking, distances of guessed curves, votes. Pure.

Members are named by their ids of the class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from model_store.inference.metrics import wilson


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers to a question by option; `correct` is None if there is no right option."""

    counts: tuple[int, ...]
    right: int | None = None

    @property
    def given(self) -> int:
        """Number of answers."""
        return sum(self.counts)

    @property
    def correct(self) -> int | None:
        """Number of right answers; None if there is no right option."""
        return None if self.right is None else self.counts[self.right]


def tally(options: int, answers: Iterable[int], right: int | None = None) -> Tally:
    """Count answers, each the place of one of `options`; other numbers are left out."""
    found = Counter(answers)
    return Tally(tuple(found[place] for place in range(options)), right)


@dataclass(frozen=True, slots=True)
class Racer:
    """Test result of a racer: `correct` of `total` test images."""

    member: str
    correct: int
    total: int

    @property
    def accuracy(self) -> float:
        """Part of the images answered right, in [0, 1]; 0 without an image."""
        return self.correct / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of the accuracy (Wilson)."""
        return wilson(self.correct, self.total)


@dataclass(frozen=True, slots=True)
class Placed:
    """Racer with a place, 1 is the best; racers of one place are equal within noise."""

    place: int
    racer: Racer


def ranking(racers: Iterable[Racer]) -> tuple[Placed, ...]:
    """Rank by test accuracy, the best first.

    A racer whose interval overlaps the interval of the best racer of a place has that place too.
    The next place counts all who are before it, as in sports: 1, 1, 3.
    """
    placed: list[Placed] = []
    first: Racer | None = None  # of the current place
    for racer in sorted(racers, key=lambda racer: (-racer.accuracy, racer.member)):
        if first is not None and racer.interval[1] >= first.interval[0]:
            placed.append(Placed(placed[-1].place, racer))
        else:
            first = racer
            placed.append(Placed(len(placed) + 1, racer))
    return tuple(placed)


@dataclass(frozen=True, slots=True)
class Guess:
    """Mean distance of a guessed curve from the real one, in [0, 1]; the smaller the better."""

    member: str
    distance: float


def guess_at(points: Sequence[float], part: float) -> float:
    """Return the guessed accuracy after `part` of the training, in [0, 1].

    `points` stand at equal distances from the start to the end; between them is a straight line.
    """
    place = min(max(part, 0.0), 1.0) * (len(points) - 1)
    before = min(int(place), len(points) - 2)
    rest = place - before
    return points[before] * (1 - rest) + points[before + 1] * rest


def guesses(
    curves: Mapping[str, Sequence[float]], real: Sequence[tuple[float, float]]
) -> tuple[Guess, ...]:
    """Compare guessed curves, two points or more, with a real one; the closest first.

    `real` has (part of the training, accuracy), both in [0, 1]; an empty one gives no guesses.
    """
    if not real:
        return ()
    found = [
        Guess(member, sum(abs(guess_at(points, x) - y) for x, y in real) / len(real))
        for member, points in curves.items()
    ]
    return tuple(sorted(found, key=lambda guess: (guess.distance, guess.member)))


@dataclass(frozen=True, slots=True)
class Fooled:
    """Drawing beside what the network and the class read.

    `votes` are the class's by digit, [10]. `read` is the network's digit, `confidence` its
    probability.
    """

    member: str
    slot: str
    label: int
    read: int
    confidence: float
    votes: tuple[int, ...]

    @property
    def class_reads(self) -> int | None:
        """Digit with the most votes; None without a vote, or if two have as many."""
        most = max(self.votes, default=0)
        return self.votes.index(most) if most and self.votes.count(most) == 1 else None

    @property
    def is_fooled(self) -> bool:
        """True if the class reads the label and the network another digit."""
        return self.read != self.label and self.class_reads == self.label


def votes_on(
    votes: Mapping[str, Mapping[str, int]], drawing: tuple[str, str], classes: int = 10
) -> tuple[int, ...]:
    """Return the votes on a drawing (member, slot) by digit, without the vote of its author.

    `votes` has by voter the digit of each slot "vote-MEMBER-SLOT".
    """
    member, slot = drawing
    name = f"vote-{member}-{slot}"
    given = Counter(own[name] for voter, own in votes.items() if voter != member and name in own)
    return tuple(given[digit] for digit in range(classes))
