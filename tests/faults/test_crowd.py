"""A real server under a hard limit of 256 open files: waves of visitors, hostile messages."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import WebSocketClosedError, websocket_connect

from benchmarks.live_client import Live
from benchmarks.soak import left_over
from benchmarks.visitors import Classroom
from benchmarks.waves import OPEN_FILES, WAVE, waves
from pages.ui.server.live.channel import LIVE_PATH, REFUSED
from tests.support.app_server import start_server
from tests.support.asgi import run
from tests.support.engines import until

MEGABYTE = 1_000_000
SECONDS = 20  # until who has gone is forgotten


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Classroom]:
    """Start an app that may open few files."""
    folder = tmp_path_factory.mktemp("app")
    AsyncHTTPClient.configure(None, max_clients=100)
    server = start_server(folder, cache, open_files=OPEN_FILES, SOFTMAX_LAB_COLD="1")
    yield Classroom(server)
    server.stop()


def test_a_class_that_comes_and_goes_again_and_again_is_served(classroom: Classroom) -> None:
    async def come_and_go() -> int:
        waits, files = await waves(classroom, 3 * WAVE, WAVE)
        assert max(files) < OPEN_FILES
        assert not any((await left_over(classroom)).values())
        return len(waits)

    assert run(come_and_go()) == 3 * WAVE


@pytest.mark.parametrize(
    "messages",
    [
        ["x" * MEGABYTE],
        [b"x" * MEGABYTE],
        [json.dumps({"subscribe": {f"run:{n}": 0 for n in range(1000)}})],
        [json.dumps({"subscribe": {f"run:{n}": 0}}) for n in range(1000)],
        [json.dumps({"subscribe": {f"download:{n}": 0}}) for n in range(1000)],
    ],
    ids=["text", "bytes", "topics", "messages", "topics one by one"],
)
def test_a_hostile_connection_ends_alone(classroom: Classroom, messages: list[str | bytes]) -> None:
    url = classroom.server.url

    async def attack() -> None:
        other = Live(url, ["queue:"])
        await other.open()
        line = await websocket_connect(f"{url.replace('http', 'ws')}{LIVE_PATH}")
        try:
            for message in messages:
                await line.write_message(message, isinstance(message, bytes))
        except WebSocketClosedError:
            pass
        while await line.read_message() is not None:  # until it is ended
            pass
        assert line.close_code == REFUSED
        until(lambda: listeners(classroom) == 1, SECONDS)
        assert other.tries == 1, "the other connection goes on"
        await other.close()
        until(lambda: listeners(classroom) == 0, SECONDS)

    run(attack())


def listeners(classroom: Classroom) -> int:
    return classroom.server.counts().get("_Listener", 0)
