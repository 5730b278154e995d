"""A run's curves as TensorBoard event files in a zip archive.

TensorBoard's own record writer and messages write them; those do not load TensorFlow.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from gettext import gettext as _

from model_store import Run
from model_store.runs.history import History

Point = tuple[float, int, str, float]  # unix seconds, step, tag, value
README = "README.txt"


def event_files(run: Run, history: History) -> bytes:
    """Return a zip with `<run id>/train` and, where the recipe validates, `<run id>/validation`.

    Steps are batches. Tags are `loss`, `accuracy` (live points), `epoch_loss`, `epoch_accuracy`
    and `learning_rate`. The training accuracy is the running one, with dropout. TensorBoard draws
    training and validation of one tag in one chart.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            README,
            _(
                "The curves of the run {id} of Softmax Lab. Unpack this archive, then run\n\n"
                "    tensorboard --logdir .\n\n"
                "in the folder where it lies, and open the address that it prints.\n"
            ).format(id=run.id),
        )
        for name, points in (("train", _training(history)), ("validation", _validation(history))):
            found = sorted(points)
            if found:
                seconds = int(found[0][0])
                path = f"{run.id}/{name}/events.out.tfevents.{seconds}.softmax-lab"
                archive.writestr(path, _records(found))
    return out.getvalue()


def _training(history: History) -> Iterator[Point]:
    for chunk in history.chunks:
        yield chunk.time, chunk.step, "loss", chunk.loss
        yield chunk.time, chunk.step, "accuracy", chunk.accuracy
    for epoch in history.epochs:
        yield epoch.time, epoch.step, "epoch_loss", epoch.loss
        yield epoch.time, epoch.step, "epoch_accuracy", epoch.accuracy
        yield epoch.time, epoch.step, "learning_rate", epoch.learning_rate


def _validation(history: History) -> Iterator[Point]:
    for epoch in history.epochs:
        if epoch.val_loss is not None and epoch.val_accuracy is not None:
            yield epoch.time, epoch.step, "epoch_loss", epoch.val_loss
            yield epoch.time, epoch.step, "epoch_accuracy", epoch.val_accuracy


def _records(points: list[Point]) -> bytes:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    out = io.BytesIO()
    with closing(RecordWriter(out)) as writer:
        first = Event(wall_time=points[0][0], file_version="brain.Event:2")
        writer.write(first.SerializeToString())
        for seconds, step, tag, value in points:
            summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
            event = Event(wall_time=seconds, step=step, summary=summary)
            writer.write(event.SerializeToString())
        return out.getvalue()
