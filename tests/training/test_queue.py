"""The fair queue."""

from __future__ import annotations

from training.queue import FairQueue


def test_one_persons_sweep_goes_behind_single_runs() -> None:
    queue = FairQueue()
    for i in range(5):
        queue.add(f"sweep-{i}", "ann")
    for name in ("bob", "cem", "dan"):
        queue.add(name, name)
    assert queue.order() == ["sweep-0", "bob", "cem", "dan", *(f"sweep-{i}" for i in range(1, 5))]


def test_taking_follows_the_order_told() -> None:
    queue = FairQueue()
    for i, owner in enumerate("aababcbbca"):
        queue.add(str(i), owner)
    told = queue.order()
    assert [queue.take() for _ in range(len(told))] == told
    assert queue.take() is None


def test_removing_moves_the_others_up() -> None:
    queue = FairQueue()
    for name in "abc":
        queue.add(name, name)
    assert queue.remove("a")
    assert not queue.remove("a")
    assert queue.order() == ["b", "c"]


def test_who_has_had_less_is_next_even_if_later() -> None:
    queue = FairQueue()
    queue.add("1", "ann")
    assert queue.take() == "1"
    queue.add("2", "ann")
    queue.add("3", "bob")
    assert queue.order() == ["3", "2"]


def test_idle_forgets() -> None:
    queue = FairQueue()
    queue.add("1", "ann")
    queue.take()
    queue.idle()
    queue.add("2", "ann")
    queue.add("3", "bob")
    assert queue.order() == ["2", "3"]
