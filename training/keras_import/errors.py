"""Error of this package. Pure."""


class KerasFileError(ValueError):
    """Model file that cannot be used; the message is a sentence for a person."""
