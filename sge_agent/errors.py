"""The one error that is meant for the person who started a run."""


class RunError(Exception):
    """A run cannot start or go on; the message is a sentence that says why, and how to mend it."""
