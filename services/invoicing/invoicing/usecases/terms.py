"""The terms of the clinics in a batch: profiles are read each time, price lists only when their version changed."""

from collections.abc import Iterable

from chassis.outbox import Unit
from invoicing.domain.drafting import Terms
from invoicing.domain.prices import PriceList
from invoicing.store import Store


class TermsBook:
    """Remembers price lists between batches."""

    def __init__(self, store: Store, fallback_currency: str) -> None:
        self._store = store
        self._fallback_currency = fallback_currency
        self._lists: dict[tuple[str, str], PriceList] = {}

    async def of(self, unit: Unit, wanted: Iterable[tuple[str, str | None]]) -> dict[tuple[str, str | None], Terms]:
        """Terms for each pair of clinic and price list; the clinic's own list where none is named."""
        pairs = set(wanted)
        clinic_ids = {clinic_id for clinic_id, _ in pairs}
        clinics = await self._store.clinics(unit, clinic_ids)
        versions = await self._store.price_list_versions(unit, clinic_ids)
        terms = {}
        for pair in pairs:
            clinic = clinics.get(pair[0])
            list_id = pair[1] or (clinic.price_list_id if clinic else None)
            prices = await self._list(unit, versions, (pair[0], list_id)) if clinic and list_id else None
            terms[pair] = Terms(clinic, prices, self._fallback_currency)
        return terms

    async def one(self, unit: Unit, clinic_id: str, price_list_id: str | None) -> Terms:
        """Terms for one invoice."""
        return (await self.of(unit, [(clinic_id, price_list_id)]))[clinic_id, price_list_id]

    async def _list(self, unit: Unit, versions: dict[tuple[str, str], int], place: tuple[str, str]) -> PriceList | None:
        version = versions.get(place)
        if version is None:
            return None
        known = self._lists.get(place)
        if known is None or known.version != version:
            known = self._lists[place] = await self._store.price_list(*place, unit)
        return known
