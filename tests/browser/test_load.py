"""A visitor without a browser, in Streamlit's own protocol, on the real page."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.streamlit_client import Tab
from benchmarks.visitors import School, draw
from tests.browser.conftest import Server


async def visit(tab: Tab) -> list[float]:
    await tab.open()
    waits = await draw(tab, 0.1, time.perf_counter() + 1)
    await tab.report("pad_controls", "cleared")
    tab.close()
    return waits


def test_a_visitor_draws_and_clears(lab: Server) -> None:
    school = School(lab)
    tab = school.tab("draw")
    # In a thread of its own: Playwright's loop may run in this one.
    with school.measured() as window, ThreadPoolExecutor(1) as thread:
        waits = thread.submit(asyncio.run, visit(tab)).result()
    assert waits and all(0 < wait < window.seconds for wait in waits)
    assert json.loads(tab.values["bars"])["answer"] == "", "the pad is cleared in the end"
    assert window.server > 0
