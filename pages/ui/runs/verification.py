"""Does a run come out again? Verify, its verdict, and receipts from a file. Script thread only."""

from __future__ import annotations

from functools import lru_cache
from gettext import gettext as _

import streamlit as st

from model_store import Run, RunNotFound, RunState, StoreError
from model_store.runs.history import History
from pages.ui.figures import theme
from pages.ui.frame import layout, navigation
from pages.ui.services import singletons
from pages.ui.state import visitor
from training.data import datasets
from training.data.datasets import DataError
from training.engine.engine import EngineError
from training.export.receipt import Receipt, ReceiptError
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
    verifications,
)

COLOURS = {Match.EXACT: "green", Match.CLOSE: "green", Match.DIFFERENT: "red"}
WORDS = {
    Match.EXACT: "matches bit for bit",
    Match.CLOSE: "matches within the tolerance",
    Match.DIFFERENT: "does not match",
}


def verify_run(run: Run, history: History) -> None:
    """What earlier verifications of a complete run said, and the button for another."""
    layout.explain(
        _(
            "Verify trains the recipe again and compares. On the same machine with the same "
            "versions, every point and every weight has to be the same, bit for bit."
        )
    )
    for other in verifications(singletons.store().list(), run.id):
        navigation.link("train", _outcome(other), run=other.id)
    _begin(Receipt.of(run, history), f"verify_{run.id}")


def verify_receipt() -> None:
    """A receipt from a file: what it claims, what speaks against it, and Verify."""
    with st.expander(_("Verify a receipt"), icon=":material/receipt_long:"):
        given = st.file_uploader(
            _("A receipt of any run, as its page gives it (.json)"), type="json", key="receipt_file"
        )
        if given is not None:
            _given(given.getvalue())


def _given(content: bytes) -> None:
    try:
        receipt = Receipt.from_json(content)
        forged = contradiction(singletons.store(), receipt)
    except (ReceiptError, StoreError) as error:
        layout.problem(_("This receipt cannot be used."), str(error))
        return
    claims = _("{title}: {network} on {dataset}, seed {seed}, test accuracy {accuracy}.")
    st.markdown(
        layout.plain(
            claims.format(
                title=receipt.title,
                network=receipt.recipe.network,
                dataset=receipt.recipe.data.label,
                seed=receipt.recipe.seed,
                accuracy=theme.percent(receipt.figures["test_accuracy"], 2),
            )
        )
    )
    if forged:
        layout.problem(forged)
    _begin(receipt, "verify_receipt")


def _begin(receipt: Receipt, key: str) -> None:
    """The button that trains a receipt's recipe again, or why there is none."""
    reason = refusal_reason(receipt)
    if reason:
        layout.notice(reason)
        return
    if not datasets.available(receipt.recipe.dataset):
        layout.notice(_("The data set is not on this machine: download it on the Data page first."))
        return
    if not st.button(_("Verify"), icon=":material/fact_check:", key=key):
        return
    store = singletons.store()
    try:
        found = find_inputs(store, receipt)
        again = singletons.engine().submit(
            verification_recipe(receipt),
            visitor.visitor_id(),
            added=found.added,
            start=found.start,
            verifies=receipt.run,
        )
        store.save(again.id, RECEIPT_FILE, receipt.to_json().encode())
    except (EngineError, StoreError, VerifyError, DataError) as error:
        layout.problem(_("The verification could not be started."), str(error))
        return
    navigation.go("train", run=again.id)


def _outcome(other: Run) -> str:
    """What came of a verification, in a few words."""
    if not (other.has_model and other.state is RunState.DONE):
        return _("Verification: {state}").format(state=other.state.value)
    try:
        words = WORDS[_verdict(other.id, _stamp(other)).match]
    except (StoreError, VerifyError, ReceiptError):
        return _("Verification: without its receipt")
    return _("Verification: {outcome}").format(outcome=_(words))


def verification_result(run: Run) -> None:
    """What this complete run says about the receipt that it verifies."""
    layout.section(_("Verification"))
    if run.state is not RunState.DONE:
        layout.notice(_("This run verifies another one; it did not come to its end."))
        return
    try:
        verdict = _verdict(run.id, _stamp(run))
    except (StoreError, VerifyError, ReceiptError) as error:
        layout.notice(str(error))
        return
    st.markdown(f":{COLOURS[verdict.match]}-badge[{_(WORDS[verdict.match])}]")
    for sentence in verdict.sentences:
        st.markdown(layout.plain(sentence))
    heads = (_("figure"), _("first"), _("again"), _("difference"), _("tolerance"))
    rows = [
        (
            finding.name.replace("_", " "),
            *(f"{n:.6f}" for n in (finding.first, finding.again)),
            *(f"{n:.6f}" for n in (finding.difference, finding.tolerance)),
        )
        for finding in verdict.comparisons
    ]
    st.table([dict(zip(heads, row, strict=True)) for row in rows], hide_index=True)
    try:
        first = singletons.store().open(run.verifies)
    except RunNotFound:
        layout.remark(_("The run that it verifies is not, or no longer, in this store."))
    except StoreError as error:
        layout.remark(str(error))
    else:
        navigation.link("train", _("The run that it verifies"), ":material/undo:", run=first.id)


def _stamp(run: Run) -> str:
    """Changes when the run is trained on."""
    return str(run.manifest.get("files", {}).get("weights.npz", "")) + str(run.finished)


@lru_cache(maxsize=64)
def _verdict(run_id: str, _stamp_: str) -> Verdict:
    store = singletons.store()
    return verdict_of(store, store.open(run_id))
