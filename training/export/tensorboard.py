"""A run's curves as TensorBoard event files in a zip archive.

TensorBoard's own record writer and messages make them, without TensorFlow.
"""

import io
import zipfile
from contextlib import closing

from model_store import Run
from model_store.runs.history import History
from model_store.text import _

Point = tuple[float, int, str, float]  # unix seconds, step, tag, value


def event_files(run: Run, history: History) -> bytes:
    """Return a zip with `<run id>/train` and, where the recipe validates, `<run id>/validation`.

    Steps are batches. Tags are `loss`, `accuracy` (live points), `epoch_loss`, `epoch_accuracy`
    and `learning_rate`. The training accuracy is the running one, with dropout. TensorBoard draws
    training and validation of one tag in one chart.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "README.txt",
            _(
                "The curves of the run {id} of Softmax Lab. Unpack this archive, then run\n\n"
                "    tensorboard --logdir .\n\n"
                "in the folder where it lies, and open the address that it prints.\n"
            ).format(id=run.id),
        )
        validated = [epoch for epoch in history.epochs if epoch.val_loss is not None]
        training: list[Point] = [
            *((e.time, e.step, "loss", e.loss) for e in history.chunks),
            *((e.time, e.step, "accuracy", e.accuracy) for e in history.chunks),
            *((e.time, e.step, "epoch_loss", e.loss) for e in history.epochs),
            *((e.time, e.step, "epoch_accuracy", e.accuracy) for e in history.epochs),
            *((e.time, e.step, "learning_rate", e.learning_rate) for e in history.epochs),
        ]
        validation: list[Point] = [
            *((e.time, e.step, "epoch_loss", e.val_loss or 0.0) for e in validated),
            *((e.time, e.step, "epoch_accuracy", e.val_accuracy or 0.0) for e in validated),
        ]
        for name, points in (("train", sorted(training)), ("validation", sorted(validation))):
            if points:
                file = f"events.out.tfevents.{int(points[0][0])}.softmax-lab"
                archive.writestr(f"{run.id}/{name}/{file}", _records(points))
    return out.getvalue()


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
