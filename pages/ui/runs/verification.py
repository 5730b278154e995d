"""Verification: train a run's recipe again and compare, for runs and receipts. Script thread."""

import streamlit as st

from model_store import Run, RunNotFound, RunState, StoreError
from model_store.runs.history import History
from model_store.text import N_, _, named
from pages.ui.figures import theme
from pages.ui.frame import layout, navigation
from pages.ui.services import singletons
from pages.ui.services.shared import shared
from pages.ui.state import visitor
from training.data.datasets import DataError
from training.engine.engine import EngineError
from training.export.receipt import MAX_BYTES, Receipt, ReceiptError
from training.export.verification import (
    RECEIPT_FILE,
    Match,
    Verdict,
    VerifyError,
    contradiction,
    find_inputs,
    refusal_reason,
    verdict_of,
    verification_recipe,
)

COLOURS = {Match.EXACT: "green", Match.CLOSE: "green", Match.DIFFERENT: "red"}
WORDS = {
    Match.EXACT: N_("matches bit for bit"),
    Match.CLOSE: N_("matches within the tolerance"),
    Match.DIFFERENT: N_("does not match"),
}


def verify_run(run: Run, history: History) -> None:
    """Draw the outcomes of earlier verifications of a complete run, and the button for another."""
    layout.explain(
        _(
            "Verify trains the recipe again and compares. On the same machine with the same "
            "versions, every point and every weight must be the same, bit for bit."
        )
    )
    for other in singletons.store().verifications(run.id):
        navigation.link("train", _outcome(other), run=other.id)
    _verify_button(Receipt.of(run, history), f"verify_{run.id}")


def verify_receipt() -> None:
    """Draw the upload of a receipt, its claims, any contradiction, and Verify."""
    with st.expander(_("Verify a receipt"), icon=":material/receipt_long:"):
        upload = st.file_uploader(
            _("The receipt of a run, downloaded from its page (.json)"),
            type="json",
            max_upload_size=MAX_BYTES // 10**6,
            key="receipt_file",
        )
        if upload is None:
            return
        what = _("This receipt cannot be used.")
        with layout.problem_on(ReceiptError, StoreError, what=what):
            receipt = Receipt.from_json(upload.getvalue())
            forged = contradiction(singletons.store(), receipt)
            text = _("{title}: {network} on {dataset}, seed {seed}, test accuracy {accuracy}.")
            text = text.format(
                title=named(receipt.title),
                network=receipt.recipe.network,
                dataset=receipt.recipe.data.title,
                seed=receipt.recipe.seed,
                accuracy=theme.percent(receipt.figures["test_accuracy"], 2),
            )
            st.markdown(layout.plain(text))
            if forged:
                layout.problem(forged)
            _verify_button(receipt, "verify_receipt")


def _verify_button(receipt: Receipt, key: str) -> None:
    """Draw the button that trains a receipt's recipe again, or the reason against it."""
    reason = refusal_reason(receipt)
    if not singletons.has_dataset(receipt.recipe.dataset):
        reason = reason or _(
            "The data set is not on this machine. Download it on the Data page first."
        )
    if reason:
        layout.notice(reason)
        return
    if not st.button(_("Verify"), icon=":material/fact_check:", key=key):
        return
    what = _("The verification could not be started.")
    with layout.problem_on(EngineError, StoreError, VerifyError, DataError, what=what):
        extra, start = find_inputs(singletons.store(), receipt)
        again = singletons.engine().submit(
            verification_recipe(receipt),
            visitor.visitor_id(),
            added=extra,
            start=start,
            verifies=receipt.run,
        )
        singletons.store().save(again.id, RECEIPT_FILE, receipt.to_json().encode())
        navigation.go("train", run=again.id)


def _outcome(other: Run) -> str:
    """Return the outcome of a verification in a few words."""
    if not (other.has_model and other.state is RunState.DONE):
        return _("Verification: {state}").format(state=other.state.value)
    try:
        words = WORDS[_verdict(other.id, _stamp(other)).match]
    except (StoreError, VerifyError, ReceiptError):
        return _("Verification: its receipt is missing")
    return _("Verification: {outcome}").format(outcome=_(words))


def verification_result(run: Run) -> None:
    """Draw the verdict of a complete run on the receipt that it verifies."""
    layout.section(_("Verification"))
    if run.state is not RunState.DONE:
        layout.notice(_("This run was to verify another one, but it ended early."))
        return
    try:
        verdict = _verdict(run.id, _stamp(run))
    except (StoreError, VerifyError, ReceiptError) as error:
        layout.notice(str(error))
        return
    st.markdown(f":{COLOURS[verdict.match]}-badge[{_(WORDS[verdict.match])}]")
    for sentence in verdict.sentences:
        st.markdown(layout.plain(sentence))
    st.table(
        [
            {
                _("figure"): each.name.replace("_", " "),
                _("first"): f"{each.first:.6f}",
                _("again"): f"{each.again:.6f}",
                _("difference"): f"{each.difference:.6f}",
                _("tolerance"): f"{each.tolerance:.6f}",
            }
            for each in verdict.comparisons
        ],
        hide_index=True,
    )
    try:
        first = singletons.store().open(run.verifies)
    except RunNotFound:
        layout.remark(_("The run that it verifies is not in this store, or no longer."))
    except StoreError as error:
        layout.remark(str(error))
    else:
        navigation.link("train", _("The run that it verifies"), ":material/undo:", run=first.id)


def _stamp(run: Run) -> str:
    """Return a text that changes when the run is trained on."""
    return str(run.manifest.get("files", {}).get("weights.npz", "")) + str(run.finished)


@shared(64)
def _verdict(run_id: str, _stamp: str) -> Verdict:
    store = singletons.store()
    return verdict_of(store, store.open(run_id))
