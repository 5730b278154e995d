"""The learner's run that a part needs, or a way to it. Script thread."""

from model_store import Run
from model_store.text import _
from pages.ui.frame import layout, navigation
from pages.ui.learn.context import Context


def needed_run(context: Context, name: str) -> Run | None:
    """Return a run that has a model; else say how to get it and return None."""
    run = context.run(name)
    if run is not None and run.has_model:
        return run
    trains = next(
        (
            step
            for step in context.lesson.steps
            if any(p.name == "training" and p.arguments["recipe"] == name for p in step.parts)
        ),
        None,
    )
    if run is not None and not run.state.is_finished():
        title, text = _("The training is not finished"), _("Come back when it has ended.")
    else:
        title = _("This needs a network that you trained")
        text = _("Train it first, then come back to this step.")
    layout.empty(title, text)
    if trains is not None:
        navigation.link(
            "learn",
            _("To the step: {title}").format(title=layout.plain(trains.title)),
            ":material/arrow_back:",
            lesson=context.lesson.id,
            step=trains.id,
        )
    return None
