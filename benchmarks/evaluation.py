"""Duration of an evaluation: `python -m benchmarks.evaluation` prints a table.

Every built-in model answers its data set's test images (SOFTMAX_LAB_DATA), and the answers are
evaluated in three ways:

- as the Evaluate page does: weights from the file, NumPy on one core, no TensorFlow
- by hand in float64 on one core
- by `model.predict` and scikit-learn's metrics on all cores, in a warm process of their own

Times are the median of `--times`. It fails if the app takes longer than promised.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from model_store import ModelStore, Run
from model_store.inference.classifier import ACTIVATIONS, Classifier, softmax, use_one_core
from model_store.inference.metrics import Evaluation
from model_store.storage.run_query import RunQuery
from model_store.storage.store import STARTER
from training.data.datasets import Arrays, load

LIMIT = 200  # milliseconds, promised


def median(work: Callable[[], object], times: int) -> float:
    """Return the median in milliseconds, after one run to warm up."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def figures(evaluation: Evaluation) -> tuple[object, ...]:
    """Compute all figures of the page."""
    loss = evaluation.loss("categorical_crossentropy")
    return evaluation.accuracy, loss, evaluation.classes, evaluation.calibration()


def ours(run: Run, data: Arrays) -> Evaluation:
    """Evaluate as the server does, from the weights' file to the figures."""
    evaluation = Evaluation.of(Classifier.load(run).probabilities(data.x_test), data.y_test)
    figures(evaluation)
    return evaluation


def by_hand(run: Run, data: Arrays) -> Evaluation:
    """Evaluate with textbook formulas: the whole set at once, in float64."""
    classifier = Classifier.load(run)
    x = data.x_test.reshape(len(data.x_test), -1) / 255.0
    for (kernel, bias), layer in zip(classifier.weights, run.recipe.hidden, strict=False):
        x = ACTIVATIONS[layer.activation](x @ kernel.astype(np.float64) + bias)
    kernel, bias = classifier.weights[-1]
    probabilities = softmax(x @ kernel.astype(np.float64) + bias)
    evaluation = Evaluation.of(probabilities.astype(np.float32), data.y_test)
    figures(evaluation)
    return evaluation


def rival(folder: Path, dataset: str, times: int) -> None:
    """Run `model.predict` and scikit-learn's metrics; print milliseconds as JSON."""
    import keras
    from sklearn import metrics

    model = keras.models.load_model(folder / "model.keras")
    data = load(dataset)
    images, labels = data.x_test.astype(np.float32) / 255, np.asarray(data.y_test)

    def work() -> float:
        probabilities = model.predict(images, verbose=0)
        answers = probabilities.argmax(axis=1)
        metrics.confusion_matrix(labels, answers)
        metrics.precision_recall_fscore_support(labels, answers)
        metrics.log_loss(labels, probabilities)
        return float(metrics.accuracy_score(labels, answers))

    print(json.dumps({"ms": median(work, times), "accuracy": work()}))


def keras_predict(run: Run, times: int) -> dict[str, float]:
    """Return the milliseconds of `rival`, run in its own process."""
    command = [sys.executable, "-m", "benchmarks.evaluation", "--rival", run.id]
    done = subprocess.run(
        [*command, "--times", str(times)], check=True, capture_output=True, text=True
    )
    said: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return said


def main() -> None:
    """Print the table; fail if the app takes longer than promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--rival", help=argparse.SUPPRESS)
    options = parser.parse_args()
    store = ModelStore(STARTER, starter=None)  # read, not written
    if options.rival:
        run = store.open(options.rival)
        rival(run.folder, run.recipe.dataset, options.times)
        return
    use_one_core()
    print("| model | test images | how | ms | times ours | test accuracy |")
    print("|---|---|---|---|---|---|")
    slow = False
    for run in store.find(RunQuery(trials=True), limit=1000).runs:
        data = load(run.recipe.dataset)
        rows = [
            (name, median(partial(way, run, data), options.times), way(run, data).accuracy)
            for name, way in (("Softmax Lab", ours), ("NumPy, float64, all at once", by_hand))
        ]
        assert "tensorflow" not in sys.modules
        said = keras_predict(run, options.times)
        rows.append(("model.predict and scikit-learn", said["ms"], said["accuracy"]))
        for name, ms, accuracy in rows:
            print(
                f"| {run.title} | {len(data.x_test):,} | {name} | {ms:.0f} | "
                f"{ms / rows[0][1]:.1f} | {accuracy:.4f} |",
                flush=True,
            )
        slow |= rows[0][1] >= LIMIT
    if slow:
        sys.exit(f"Slower than the {LIMIT} ms that are promised.")


if __name__ == "__main__":
    main()
