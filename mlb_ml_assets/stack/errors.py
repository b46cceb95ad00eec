"""The error of this package.

Belongs here: the base class that every error of stack/ derives from.
Not here: the errors themselves (beside the functions that raise them).
"""


class StackError(Exception):
    """A server, a service or a command on them failed; the message says what to do next."""
