"""No device: what is to be signed of days that were opened while there was one, is not."""

from cash_register.domain.exports.closings import NotSigned

REASON = "Keine TSE eingerichtet"


class AbsentTse:
    """See `usecases.exports.ports.Tse`."""

    async def sign(self, client: str, process_type: str, process_data: str) -> NotSigned:
        return NotSigned(REASON, process_type, process_data)
