"""Events on their way from a worker to the engine."""

from queue import Queue

from model_store.runs.events import Chunk, LearningRate, from_json
from training.workers.worker import _Emitter


def test_a_chunk_that_no_other_follows_is_sent_soon() -> None:
    sent: Queue[str] = Queue()
    emitter = _Emitter(lambda event: sent.put(event))
    for step in (1, 2):
        emitter.emit(Chunk(step, step / 10, 1.0, 0.5, 100.0, 0.0))
    assert [from_json(sent.get(timeout=10)) for _each in range(2)] == [
        Chunk(step, step / 10, 1.0, 0.5, 100.0, 0.0) for step in (1, 2)
    ]


def test_chunks_of_a_tenth_of_a_second_go_together_and_other_events_at_once() -> None:
    now, sent = [0.0], list[str]()
    emitter = _Emitter(lambda event: sent.append(event), clock=lambda: now[0])
    chunks = [Chunk(step, step / 10, 1.0, 0.5, 100.0, 0.0) for step in range(1, 6)]
    for chunk in chunks[:4]:
        emitter.emit(chunk)
        now[0] += 0.04
    emitter.emit(LearningRate(4, 0.4, 0.1, 0.0))
    emitter.emit(chunks[4])
    emitter.flush()
    emitter.flush()
    told = [[from_json(line) for line in message.split("\n")] for message in sent]
    assert told == [
        [chunks[0]],
        [chunks[1], chunks[2], chunks[3]],
        [LearningRate(4, 0.4, 0.1, 0.0)],
        [chunks[4]],
    ]
