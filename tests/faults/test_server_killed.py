"""A server that is killed and comes back: whoever draws or watches goes on without a reload."""

from pathlib import Path

from benchmarks.chaos import TRAINING, chaos
from benchmarks.made_up_training import MadeUpTraining
from model_store import ModelStore
from tests.support.app_server import Server, start_server
from tests.support.asgi import run

PEOPLE = 3
SECONDS = 10.0  # Streamlit tries every 4 s at most, the live channel every 2 s


def test_everybody_goes_on_within_seconds(tmp_path: Path, cache: Path) -> None:
    servers: list[Server] = []

    def start() -> Server:
        port = int(servers[0].url.rpartition(":")[2]) if servers else 0
        servers.append(start_server(tmp_path, cache, port=port, SOFTMAX_LAB_COLD="1"))
        return servers[-1]

    async def work() -> tuple[list[float], list[float]]:
        training = MadeUpTraining(ModelStore(tmp_path / "store", starter=None))
        training.start(TRAINING)
        try:
            return await chaos(start(), start, PEOPLE, {training.run: False})
        finally:
            training.close()

    try:
        drew, watched = run(work())
    finally:
        for server in servers:
            server.stop()
    assert len(drew) == len(watched) == PEOPLE
    assert max(*drew, *watched) < SECONDS
