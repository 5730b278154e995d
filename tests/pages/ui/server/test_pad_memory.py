"""Last drawing of each tab and visitor: restored, private, and bounded in memory."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pages.ui.server.pad_memory import PadMemory


def drawing(text: str) -> dict[str, list[str]]:
    return {"strokes": [text]}


def test_each_tab_gets_its_own_back() -> None:
    kept = PadMemory()
    kept.put("a", "me", drawing("seven"))
    kept.put("b", "me", drawing("three"))
    kept.put("a", "me", drawing("nine"))
    assert kept.of_tab("a") == drawing("nine")
    assert kept.of_tab("b") == drawing("three")
    assert kept.of_tab("c") is None


def test_a_visitor_gets_the_last_drawing_of_all_tabs() -> None:
    kept = PadMemory()
    kept.put("a", "me", drawing("seven"))
    kept.put("b", "me", drawing("three"))
    kept.put("c", "somebody else", drawing("one"))
    assert kept.of_visitor("me") == drawing("three")
    assert kept.replace("a", drawing("nine"))
    assert kept.of_visitor("me") == drawing("nine")
    assert kept.of_visitor("nobody") is None


def test_only_a_known_tab_takes_another_drawing() -> None:
    kept = PadMemory()
    assert not kept.replace("a", drawing("seven"))
    assert kept.of_tab("a") is None
    kept.put("a", "me", drawing("one"))
    assert kept.replace("a", drawing("seven")) and kept.of_tab("a") == drawing("seven")


def test_a_blank_pad_is_kept_too() -> None:
    kept = PadMemory()
    kept.put("a", "me", drawing("seven"))
    kept.put("a", "me", {"strokes": []})
    assert kept.of_tab("a") == {"strokes": []}


def test_a_copy_is_kept_and_given() -> None:
    kept, mine = PadMemory(), drawing("seven")
    kept.put("a", "me", mine)
    mine["strokes"].append("more")
    given = kept.of_tab("a")
    assert given == drawing("seven")
    given["strokes"].clear()
    assert kept.of_tab("a") == drawing("seven")


def test_the_least_recent_drawing_is_dropped_first() -> None:
    kept = PadMemory(max_tabs=2)
    for name in ("a", "b", "a", "c"):
        kept.put(name, f"visitor {name}", drawing(name))
    assert [kept.of_tab(name) is not None for name in "abc"] == [True, False, True]
    assert kept.of_visitor("visitor b") is None


def test_all_together_have_a_size() -> None:
    kept = PadMemory(max_total_bytes=100)
    for name in "abc":
        kept.put(name, name, drawing("x" * 30))
    assert [kept.of_tab(name) is not None for name in "abc"] == [False, True, True]
    for _again in range(50):  # replaced drawings do not count
        kept.put("c", "c", drawing("y" * 30))
    assert kept.of_tab("b") is not None


@pytest.mark.parametrize("value", [drawing("x" * 200), {"strokes": [object()]}])
def test_what_is_too_large_or_no_json_is_not_kept(value: dict[str, object]) -> None:
    kept = PadMemory(max_bytes=100)
    kept.put("a", "me", drawing("seven"))
    kept.put("a", "me", value)
    assert kept.of_tab("a") is None and kept.of_visitor("me") is None


def test_a_class_draws_at_once() -> None:
    kept = PadMemory(max_tabs=20)

    def draw(i: int) -> None:
        kept.put(str(i % 50), f"visitor {i % 7}", drawing(str(i)))
        kept.of_tab(str(i % 50))
        kept.of_visitor(f"visitor {i % 7}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(draw, range(400)))
    assert sum(kept.of_tab(str(i)) is not None for i in range(50)) == 20
