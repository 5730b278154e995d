"""Sentences of the phone's page, in the language of this thread; places to fill are in braces."""

from model_store.classroom.activities import KINDS
from model_store.recipe.presets import PRESETS
from model_store.text import _, named


def words() -> dict[str, str]:
    """Return every sentence by the name that the page's scripts know."""
    kinds = {kind: _(label) for kind, label in KINDS.items()}
    return {**kinds, **_class(), **_drawing(), **_answers(), **_race()}


def titles() -> dict[str, str]:
    """Return the names of our recipes in this language, by the names that topics say."""
    names = (preset.recipe.title for preset in PRESETS.values())
    return {name: shown for name in names if (shown := named(name)) != name}


def _class() -> dict[str, str]:
    return {
        "join_title": _("Join your class"),
        "join": _("Join"),
        "code": _("Code on the board"),
        "nickname": _("Nickname"),
        "optional": _("(not needed)"),
        "was_here": _("I was here before, on another phone"),
        "personal": _("Personal code"),
        "no_server": _("The server does not answer. Check the Wi-Fi, then try again."),
        "lost": _("No connection. Everything goes on when it is back."),
        "paused": _("Your teacher has paused the class."),
        "over": _("Time is up."),
        "left": _("{time} left"),
        "minutes": _("{m} min {s} s"),
        "seconds": _("{n} s"),
        "in_class": _("You are in"),
        "look": _("Look at the board."),
        "your_code": _("Your personal code:"),
        "write_down": _("Write it down: it brings you back from another phone."),
        "class_code": _("Class {code}"),
        "you": _("You"),
        "removed": _("You are not in this class any more."),
        "gone": _("This class does not exist any more."),
        "closed": _("The class is over"),
        "thanks": _("You can close this page."),
        "one_moment": _("One moment ..."),
        "sending": _("Sending ..."),
        "sent": _("Sent."),
        "none_given": _("You gave nothing this time."),
        "n_of": _("({n} of {all})"),
    }


def _drawing() -> dict[str, str]:
    return {
        "pad": _("Drawing pad"),
        "pad_help": _(
            "Draw a large digit. With the keyboard: arrow keys move the cross, Space sets a "
            "corner, Enter ends the line."
        ),
        "place": _("{across} across, {down} down"),
        "bars": _("Probability of each class"),
        "nothing": _("Draw a digit: the ten bars answer here."),
        "reads": _("The network reads {name}."),
        "reads_so": _("The network reads {name} ({percent})."),
        "fooled": _("Fooled: the network reads {name} ({percent})."),
        "draw_target": _("Draw a {digit}"),
        "fool_target": _("Draw a digit that people can read and the network cannot."),
        "what_is_it": _("What is it?"),
        "send": _("Send"),
        "undo": _("Undo"),
        "clear": _("Clear"),
        "again": _("Draw number {n} again: {name}"),
        "all_sent": _("All sent."),
        "some_sent": _("You sent {n} of {all}."),
        "late_sent": _("Time was up: the drawing on your pad was sent as it was."),
        "late_unnamed": _(
            "Time was up before you said what your drawing is. It was not sent and does not count."
        ),
        "reader": _("Network: {title}"),
        "draw_result": _("The network reads {n} of your {all} drawings right."),
        "fooled_result": _("You fooled the network with {n} of {all} drawings."),
        "said_and_read": _("You: {name}. The network: {read}."),
        "vote": _("What do you read?"),
        "what_do_you_read": _("Which digit is this?"),
        "drawing_of_other": _("Drawing of somebody in your class"),
        "skip": _("Skip"),
        "nobody_drew": _("There is nothing to vote on."),
        "own_fooled": _(
            "Your {name} fooled the network, which reads {read}. {votes} of {all} people read it "
            "right."
        ),
        "own_read": _(
            "Your {name}: the network reads {read}, and {votes} of {all} people read it right."
        ),
    }


def _answers() -> dict[str, str]:
    return {
        "can_change": _("Sent. You can change it until time is up."),
        "answer_stays": _("Your answer is sent."),
        "thanks_answer": _("Thank you for your answer."),
        "right": _("Right."),
        "wrong": _("Wrong: it is {name}."),
        "share_right": _("{n} of {all} in the class are right."),
        "epoch": _("epoch"),
        "chance": _("guessing"),
        "draw_curve": _("Draw the accuracy with your finger"),
        "point": _("Accuracy after {epoch} epochs"),
        "not_drawn": _("not drawn"),
        "real_curve": _("The training has begun."),
        "distance": _(
            "Epoch {epoch} of {all}: {accuracy}. Your curve is {n} percentage points away on "
            "average."
        ),
        "page": _("Page of your teacher"),
    }


def _race() -> dict[str, str]:
    return {
        "race_about": _("Choose a network and start it. The best test accuracy wins."),
        "layers": _("Hidden layers"),
        "units": _("Units in each"),
        "optimizer": _("Optimizer"),
        "rate": _("Learning rate"),
        "batch": _("Batch size"),
        "start": _("Start"),
        "own_curve": _("Training accuracy of your network by epoch"),
        "waits": _("Your network waits for its start."),
        "in_queue": _("Networks that start before yours: {n}"),
        "at_epoch": _("Epoch {n} of {all}, training accuracy {accuracy}"),
        "tested": _("Finished. Test accuracy: {accuracy}"),
        "ended_early": _("The training ended early."),
        "choose_again": _("Choose again"),
        "placed": _("Place {n} of {all}"),
    }
