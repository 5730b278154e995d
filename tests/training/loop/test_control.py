"""Mailbox of commands for the training loop."""

import threading

import pytest

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


def test_each_single_step_is_one_batch_of_a_paused_loop() -> None:
    control = Control()
    for _press in range(2):
        control.send(Command(Action.STEP_BATCH))
    assert control.paused
    assert [control.wait(), control.wait()] == [True, True]
    assert control.paused, "and now it waits"
    control.send(Command(Action.RESUME))
    assert control.wait() is False


@pytest.mark.parametrize("action", [Action.PAUSE, Action.RESUME, Action.STEP])
def test_another_command_takes_back_single_steps(action: Action) -> None:
    control = Control()
    for each in (Action.STEP_BATCH, action, Action.STEP_BATCH):
        control.send(Command(each))
    assert control.wait() is True
    passed = threading.Event()
    loop = threading.Thread(target=lambda: (control.wait(), passed.set()))
    loop.start()
    assert not passed.wait(0.05), "there was one step left, not two"
    control.send(Command(Action.RESUME))
    assert passed.wait(5)
    loop.join()
    control.epoch_ended()
    assert not control.paused


def test_no_single_step_after_a_stop() -> None:
    control = Control()
    control.send(Command(Action.STEP_BATCH))
    control.send(Command(Action.STOP))
    control.send(Command(Action.STEP_BATCH))
    assert control.wait() is False
