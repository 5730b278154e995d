"""Last drawing of each visitor: restored, private, and bounded in memory."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pages.ui.server.pad_memory import PadMemory


def drawing(text: str) -> dict[str, list[str]]:
    return {"objects": [text]}


def test_each_visitor_gets_his_own_back() -> None:
    kept = PadMemory()
    kept.put("a", drawing("seven"))
    kept.put("b", drawing("three"))
    kept.put("a", drawing("nine"))
    assert kept.get("a") == drawing("nine")
    assert kept.get("b") == drawing("three")
    assert kept.get("c") is None


def test_what_was_cleared_is_forgotten() -> None:
    kept = PadMemory()
    kept.put("a", drawing("seven"))
    kept.put("a", None)
    kept.put("b", None)
    assert kept.get("a") is None


def test_a_copy_is_kept_and_given() -> None:
    kept, mine = PadMemory(), drawing("seven")
    kept.put("a", mine)
    mine["objects"].append("more")
    given = kept.get("a")
    assert given == drawing("seven")
    given["objects"].clear()
    assert kept.get("a") == drawing("seven")


def test_the_least_recent_drawing_is_dropped_first() -> None:
    kept = PadMemory(max_visitors=2)
    for name in ("a", "b", "a", "c"):
        kept.put(name, drawing(name))
    assert [kept.get(name) is not None for name in "abc"] == [True, False, True]


def test_all_together_have_a_size() -> None:
    kept = PadMemory(max_total_bytes=100)
    for name in "abc":
        kept.put(name, drawing("x" * 30))
    assert [kept.get(name) is not None for name in "abc"] == [False, True, True]
    for _again in range(50):  # replaced drawings do not count
        kept.put("c", drawing("y" * 30))
    assert kept.get("b") is not None


@pytest.mark.parametrize("value", [drawing("x" * 200), {"objects": [object()]}])
def test_what_is_too_large_or_no_json_is_not_kept(value: dict[str, object]) -> None:
    kept = PadMemory(max_bytes=100)
    kept.put("a", drawing("seven"))
    kept.put("a", value)
    assert kept.get("a") is None


def test_a_class_draws_at_once() -> None:
    kept = PadMemory(max_visitors=20)

    def draw(i: int) -> None:
        kept.put(str(i % 50), drawing(str(i)))
        kept.get(str(i % 50))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(draw, range(400)))
    assert sum(kept.get(str(i)) is not None for i in range(50)) == 20
