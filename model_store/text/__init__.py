"""Sentences in the language of whoever reads them: catalogues, and texts that can be stored.

Pure Python and Babel; imports nothing of ours.
"""

from model_store.text.sentence import (
    N_,
    NAME_,
    Sentence,
    _,
    in_all_languages,
    named,
    ngettext,
    read,
    stored,
)

__all__ = ["NAME_", "N_", "Sentence", "_", "in_all_languages", "named", "ngettext", "read"]
__all__ += ["stored"]
