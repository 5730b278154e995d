"""Results of activities: tallies, places within noise, guessed curves, votes."""

import pytest

from model_store.classroom.results import Fooled, Racer, guess_at, guesses, ranking, tally, votes_on


def test_answers_are_counted_by_option() -> None:
    found = tally(3, [1, 1, 2], right=1)
    assert (found.counts, found.given, found.correct) == ((0, 2, 1), 3, 2)
    assert tally(2, []).correct is None


def test_answers_that_are_no_option_are_left_out() -> None:
    assert tally(2, [-1, 2, 99, 0]).counts == (1, 0)


def test_racers_within_noise_share_a_place_and_the_next_place_counts_them() -> None:
    placed = ranking(
        [Racer("low", 500, 1000), Racer("b", 978, 1000), Racer("a", 980, 1000), Racer("c", 0, 0)]
    )
    assert [(each.place, each.racer.member) for each in placed] == [
        (1, "a"),
        (1, "b"),
        (3, "low"),
        (3, "c"),  # nothing was tested: its interval is everything
    ]


def test_a_place_does_not_creep_down_a_chain_of_small_steps() -> None:
    chain = [Racer(f"{n:02}", 990 - 12 * n, 1000) for n in range(10)]
    placed = ranking(chain)
    first = placed[0].racer.interval[0]
    assert all(each.racer.interval[1] >= first for each in placed if each.place == 1)
    assert len({each.place for each in placed}) > 1


def test_more_test_images_tell_racers_apart() -> None:
    def places(total: int) -> list[int]:
        racers = [Racer("a", round(0.97 * total), total), Racer("b", round(0.95 * total), total)]
        return [each.place for each in ranking(racers)]

    assert places(360) == [1, 1]
    assert places(10_000) == [1, 2]


def test_no_racer_is_no_ranking() -> None:
    assert ranking([]) == ()


@pytest.mark.parametrize(("part", "value"), [(0, 0.1), (0.25, 0.3), (1, 0.9), (2, 0.9), (-1, 0.1)])
def test_a_guess_is_a_line_through_its_points(part: float, value: float) -> None:
    assert guess_at([0.1, 0.5, 0.9], part) == pytest.approx(value)


def test_the_closest_guess_comes_first() -> None:
    real = [(0.5, 0.8), (1.0, 0.9)]
    found = guesses({"far": [0.1, 0.1], "near": [0.7, 0.9]}, real)
    assert [each.member for each in found] == ["near", "far"]
    assert found[0].distance == pytest.approx(0.0, abs=1e-9)
    assert found[1].distance == pytest.approx(0.75)


def test_without_a_curve_nobody_is_compared() -> None:
    assert guesses({"a": [0, 1]}, []) == ()


def fooled(read: int, votes: list[int]) -> Fooled:
    return Fooled("ada", "0", 7, read, 0.9, tuple(votes))


def test_a_network_is_fooled_where_the_class_reads_the_label() -> None:
    sevens = [0, 0, 0, 0, 0, 0, 0, 5, 0, 1]
    assert fooled(1, sevens).is_fooled
    assert not fooled(7, sevens).is_fooled, "the network reads it as well"
    assert not fooled(1, [0, 9, *sevens[2:]]).is_fooled, "the class reads a 1"
    assert not fooled(1, [0] * 10).is_fooled, "nobody voted"
    assert fooled(1, [0, 5, *sevens[2:]]).class_reads is None, "as many votes"


def test_votes_on_ones_own_drawing_do_not_count() -> None:
    votes = {"ada": {"vote-ada-0": 7}, "ben": {"vote-ada-0": 1, "vote-eva-0": 3}, "eva": {}}
    assert votes_on(votes, ("ada", "0")) == (0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    assert votes_on(votes, ("nobody", "0")) == (0,) * 10
