"""The errors of the database.

Belongs here: the base class of every error that this package raises, and the errors that several modules raise.
Not here: errors of one module, which stay beside the code that raises them.
"""


class WarehouseError(Exception):
    """Base class of the errors of this package."""


class WriteRefused(WarehouseError, ValueError):
    """The rows or the statement do not fit the table; nothing was written."""


class NotStorable(WarehouseError, ValueError):
    """A value does not fit its column; the message names both."""
