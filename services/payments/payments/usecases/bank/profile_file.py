"""A bank's file is looked at, and shown as it would be read; nothing of it is kept."""

from collections.abc import Callable, Iterable

from payments.domain.bank.file_profile import Preview, preview
from payments.domain.bank.statement import StatementItem
from payments.usecases.bank.take_statement import OneThread


async def preview_file(read: Callable[[], Iterable[StatementItem]]) -> Preview:
    """What the file would bring, or why it would be refused."""
    with OneThread() as reader:
        return await reader.run(lambda: preview(read()))
