"""The terms of the clinics in a batch: profiles are read each time, price lists only when their version changed."""

from collections.abc import Iterable, Mapping

from chassis.messaging.outbox import Unit
from invoicing.domain.corrections.session_batch import TermsKey
from invoicing.domain.discounts.policy import DiscountPolicy
from invoicing.domain.drafts.drafting import Terms
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.pricing.price_list import PriceList
from invoicing.store import Store
from invoicing.store.price_lists import PriceListSummary


class TermsLoader:
    """Remembers price lists between batches."""

    def __init__(self, store: Store, fallback_currency: str) -> None:
        self._store = store
        self._fallback_currency = fallback_currency
        self._lists: dict[tuple[str, str], PriceList] = {}

    async def load(
        self, unit: Unit, wanted: Iterable[TermsKey], patients: Iterable[tuple[str, str]]
    ) -> dict[TermsKey, Terms]:
        """Terms for each pair of clinic and the price list that a session names: then no other is asked.

        `patients`, each with the clinic before, are those whose families may matter.
        """
        pairs = set(wanted)
        clinic_ids = {clinic_id for clinic_id, _ in pairs}
        clinics = await self._store.clinics.of(unit, clinic_ids)
        listed = await self._store.price_lists.listed(unit, clinic_ids)
        policies = await self._store.discounts.policies(unit, clinics)
        families = await self._families(unit, policies, patients)
        terms = {}
        for pair in pairs:
            clinic = clinics.get(pair[0])
            reduced = policies.get(pair[0]), families.get(pair[0], {})
            if clinic is None or pair[1]:
                named = await self._list(unit, listed, *pair) if clinic else None
                terms[pair] = Terms(clinic, None, self._fallback_currency, named, (), *reduced)
            else:
                own = await self._list(unit, listed, pair[0], clinic.price_list_id)
                scoped = await self._scoped(unit, listed, pair[0])
                terms[pair] = Terms(clinic, own, self._fallback_currency, None, scoped, *reduced)
        return terms

    async def for_invoice(self, unit: Unit, invoice: Invoice) -> Terms:
        """Terms for one invoice."""
        pair = (invoice.clinic_id, invoice.price_list_id)
        return (await self.load(unit, [pair], [(invoice.clinic_id, invoice.patient_id)]))[pair]

    async def _families(
        self, unit: Unit, policies: Mapping[str, DiscountPolicy], patients: Iterable[tuple[str, str]]
    ) -> dict[str, dict[str, int]]:
        """By clinic the size of the family of each patient of one, where the policy asks for it."""
        asking = [clinic_id for clinic_id, policy in policies.items() if policy.asks_families]
        known = set(patients) if asking else set()
        return {
            clinic_id: await self._store.discounts.sizes(unit, clinic_id, [id_ for at, id_ in known if at == clinic_id])
            for clinic_id in asking
        }

    async def _scoped(
        self, unit: Unit, listed: Mapping[tuple[str, str], PriceListSummary], clinic_id: str
    ) -> tuple[PriceList, ...]:
        places = sorted(place for place, known in listed.items() if place[0] == clinic_id and known.applies is not None)
        lists = [await self._list(unit, listed, *place) for place in places]
        return tuple(prices for prices in lists if prices is not None)

    async def _list(
        self, unit: Unit, listed: Mapping[tuple[str, str], PriceListSummary], clinic_id: str, list_id: str | None
    ) -> PriceList | None:
        place = (clinic_id, list_id or "")
        if place not in listed:
            return None
        known = self._lists.get(place)
        if known is None or known.version != listed[place].version:
            known = self._lists[place] = await self._store.price_lists.get(*place, unit)
        return known
