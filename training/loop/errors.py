"""Errors that end a training; each message is a sentence for a person. Imports no TensorFlow."""


class Diverged(Exception):
    """The loss or a weight is no longer a finite number."""


class CheckpointError(Exception):
    """Checkpoint or initial weights that this network cannot continue from."""
