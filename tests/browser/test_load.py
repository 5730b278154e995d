"""A visitor without a browser, in Streamlit's own protocol, on the real page."""

import asyncio
import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

from benchmarks.streamlit_client import Tab
from benchmarks.visitors import PAD, SEVEN, Classroom, draw, pad_state, stroke
from pages.ui.server.static_files import FRONT_END
from tests.support.app_server import Server


async def visit(tab: Tab) -> list[float]:
    await tab.open()
    waits = await draw(tab, 0.1, time.perf_counter() + 1)
    path = json.loads(tab.values[PAD])["url"]
    await tab.post(path, pad_state([stroke(*ends) for ends in SEVEN]))
    await tab.send_event(PAD, "paper", "light")
    assert json.loads(tab.values["bars"])["models"][0]["answer"] != "", "the strokes are known"
    await tab.send_event(PAD, "mount", {"strokes": [], "n": 1})
    assert json.loads(tab.values["bars"])["models"][0]["answer"] == ""
    tab.close()
    return waits


def test_the_front_end_is_what_streamlit_serves_compressed(lab: Server) -> None:
    for place, folder in FRONT_END.items():
        script = next(folder.rglob("*.js"))
        address = f"{lab.url}{place}/{script.relative_to(folder).as_posix()}"
        with urlopen(address) as answer:  # accepts no compression
            own = answer.read()
        with urlopen(Request(address, headers={"Accept-Encoding": "gzip"})) as answer:
            body = answer.read()
            assert answer.headers["etag"] and answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(body) == own == script.read_bytes()


def test_a_visitor_draws_and_clears(lab: Server) -> None:
    classroom = Classroom(lab)
    tab = classroom.tab("draw")
    # In another thread, because Playwright's loop may run in this one.
    with classroom.measured() as window, ThreadPoolExecutor(1) as thread:
        waits = thread.submit(asyncio.run, visit(tab)).result()
    assert waits and all(0 < wait < window.seconds for wait in waits)
    assert json.loads(tab.values["bars"])["models"][0]["answer"] == "", (
        "the pad is cleared in the end"
    )
    assert window.server > 0
