"""The error of a store that does not answer, in a module that imports nothing, for those that start fast."""


class UnavailableError(Exception):
    """A store does not answer at present. The message says which, and why."""
