"""The errors that are meant for the person who started a run."""


class RunError(Exception):
    """A run cannot start or go on; the message is a sentence that says why, and how to mend it."""


class MissingPackage(RunError, ImportError):
    """A package that only an extra brings is not installed."""
