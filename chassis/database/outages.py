"""Which errors of the driver say that the database is not there, rather than that we asked for nonsense."""

from pymongo.errors import ConnectionFailure, PyMongoError

_PASSING_LABELS = ("TransientTransactionError", "RetryableWriteError", "UnknownTransactionCommitResult")
_LOCKED_CODES = frozenset({24, 112})
"""LockTimeout, WriteConflict."""
_PASSING_CODES = frozenset({43, 246, 11600, 11601, 11602}) | _LOCKED_CODES
"""CursorNotFound, SnapshotUnavailable and Interrupted: what a server that ends or steps down leaves behind."""


def is_outage(error: BaseException) -> bool:
    """Whether the same call may well succeed in a while."""
    if not isinstance(error, PyMongoError):
        return False
    passing = error.timeout or any(error.has_error_label(label) for label in _PASSING_LABELS)
    return isinstance(error, ConnectionFailure) or passing or getattr(error, "code", None) in _PASSING_CODES


def is_locked(error: BaseException) -> bool:
    """Whether another transaction holds what this one wanted to write."""
    return getattr(error, "code", None) in _LOCKED_CODES
