"""Mailbox of commands for the training loop."""

import threading

from training.loop.control import Action, Command, Control


def test_pause_blocks_the_loop_until_resumed() -> None:
    control = Control()
    control.send(Command(Action.PAUSE))
    assert control.paused
    passed = threading.Event()
    loop = threading.Thread(target=lambda: (control.wait(), passed.set()))
    loop.start()
    assert not passed.wait(0.05)
    control.send(Command(Action.RESUME))
    assert passed.wait(5)
    loop.join()


def test_stop_frees_a_paused_loop_and_is_final() -> None:
    control = Control()
    control.send(Command(Action.PAUSE))
    control.send(Command(Action.STOP))
    control.wait()
    control.send(Command(Action.RESUME))
    assert control.stopped
    assert not control.paused


def test_a_step_pauses_again_after_one_epoch() -> None:
    control = Control()
    control.send(Command(Action.STEP))
    assert not control.paused
    control.epoch_ended()
    assert control.paused
    control.send(Command(Action.RESUME))
    control.epoch_ended()
    assert not control.paused


def test_a_learning_rate_is_taken_once() -> None:
    control = Control()
    assert control.take_learning_rate() is None
    control.send(Command(Action.LEARNING_RATE, 0.5))
    control.send(Command(Action.LEARNING_RATE, 0.25))
    assert control.take_learning_rate() == 0.25
    assert control.take_learning_rate() is None
