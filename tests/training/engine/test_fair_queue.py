"""Fair queue: exact places, no owner starves, and sweeps come last."""

import random
from collections import Counter

import pytest

from training.engine.fair_queue import FairQueue


def taken(queue: FairQueue) -> list[str]:
    out = []
    while (item := queue.take()) is not None:
        out.append(item[0])
    return out


def test_first_come_first_served_between_equals() -> None:
    queue = FairQueue()
    for name in "abc":
        queue.add(name, owner=name)
    assert taken(queue) == ["a", "b", "c"]


def test_a_sweep_waits_behind_thirty_owners_single_runs() -> None:
    queue = FairQueue()
    for number in range(20):
        queue.add(f"sweep-{number}", "sweeper")
    for number in range(30):
        queue.add(f"single-{number}", f"user-{number}")
    order = taken(queue)
    assert order[0] == "sweep-0"
    assert order[1:31] == [f"single-{n}" for n in range(30)]
    assert order[31:] == [f"sweep-{n}" for n in range(1, 20)]


def test_what_was_had_counts_until_the_queue_is_idle() -> None:
    queue = FairQueue()
    queue.add("a1", "a")
    assert queue.take() == ("a1", "a")
    queue.add("a2", "a")
    queue.add("b1", "b")
    queue.forget_starts()  # while a run waits, no owner is forgotten
    assert taken(queue) == ["b1", "a2"]
    queue.forget_starts()
    queue.add("a3", "a")
    queue.add("b2", "b")
    assert taken(queue) == ["a3", "b2"]


def test_a_run_that_is_put_back_is_next_and_was_not_had() -> None:
    queue = FairQueue()
    for name in ("a1", "a2"):
        queue.add(name, "a")
    queue.add("b1", "b")
    assert queue.take() == ("a1", "a")
    queue.put_back("a1", "a")
    assert taken(queue) == ["a1", "b1", "a2"]


def test_removing() -> None:
    queue = FairQueue()
    queue.add("a1", "a")
    queue.add("b1", "b")
    assert queue.remove("a1") is True
    assert queue.remove("a1") is False
    assert queue.remove("unknown") is False
    assert (len(queue), queue.position("a1"), queue.position("b1")) == (1, None, 0)
    assert "b1" in queue
    assert "a1" not in queue


@pytest.mark.parametrize("seed", range(25))
def test_the_order_is_a_promise(seed: int) -> None:
    """Runs leave in the sequence of `order`, and places are its indices."""
    draw = random.Random(seed)
    queue = FairQueue()
    waiting: list[tuple[str, str]] = []
    left: list[tuple[str, str]] = []
    for number in range(draw.randrange(1, 120)):
        action = draw.random()
        if action < 0.6:
            item = (f"run-{number}", f"user-{draw.randrange(7)}")
            queue.add(*item)
            waiting.append(item)
        elif action < 0.7 and waiting:
            gone = waiting.pop(draw.randrange(len(waiting)))
            assert queue.remove(gone[0])
        elif action < 0.8 and left:
            queue.put_back(*left[-1])
            waiting.append(left.pop())
        elif (item := queue.take()) is not None:  # type: ignore[assignment]
            waiting.remove(item)
            left.append(item)
    promised = list(queue.order())
    assert sorted(promised) == sorted(run_id for run_id, _owner in waiting)
    assert [queue.position(run_id) for run_id in promised] == list(range(len(promised)))
    assert taken(queue) == promised


@pytest.mark.parametrize("seed", range(10))
def test_no_waiting_owner_is_two_starts_behind(seed: int) -> None:
    draw = random.Random(seed)
    queue = FairQueue()
    owners = {f"run-{n}": f"user-{min(draw.randrange(12), draw.randrange(12))}" for n in range(200)}
    for run_id, owner in owners.items():
        queue.add(run_id, owner)
    had: Counter[str] = Counter()
    while (item := queue.take()) is not None:
        had[item[1]] += 1
        waiting = {owners[run_id] for run_id in queue.order()}
        assert all(had[item[1]] - had[owner] <= 1 for owner in waiting)
