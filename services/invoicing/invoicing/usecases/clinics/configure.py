"""A clinic's profile and its price lists. Drafts that waited for them are priced afterwards."""

from collections.abc import Sequence
from dataclasses import replace

from chassis.messaging.outbox import Unit
from invoicing.domain.clinics.clinic import Clinic, is_number_format, series_of
from invoicing.domain.discounts import policy as discount_policy
from invoicing.domain.discounts.policy import DiscountFamily, DiscountPolicy
from invoicing.domain.pricing.price_list import PriceList, check
from invoicing.store import Store
from kernel.change import Change
from kernel.errors import BusinessError


async def put_clinic(unit: Unit, store: Store, clinic: Clinic, change: Change) -> Clinic:
    """Stores the profile under the next version. Raises BusinessError naming the field."""
    for field in ("number_format", "credit_note_format"):
        if not is_number_format(getattr(clinic, field)):
            raise BusinessError(
                "number-format", "takes {clinic}, {yyyy} and {seq:06d}; the last two once each", field=f"/{field}"
            )
    if series_of(clinic.credit_note_format, clinic.clinic_id) == series_of(clinic.number_format, clinic.clinic_id):
        raise BusinessError("number-format", "must not be the invoices' own", field="/credit_note_format")
    before = await store.clinics.find(unit, clinic.clinic_id)
    if before is not None:
        _refuse_used_series(clinic, await store.clinics.history(before))
    stored = replace(clinic, version=before.version + 1 if before else 1)
    await store.clinics.put(unit, stored, change)
    return stored


def _refuse_used_series(clinic: Clinic, before: Sequence[Clinic]) -> None:
    """A number that an invoice has is never that of a credit note, nor the other way round."""
    for field, other in (("number_format", "credit_note_format"), ("credit_note_format", "number_format")):
        used = {series_of(getattr(profile, other), clinic.clinic_id) for profile in before}
        if series_of(getattr(clinic, field), clinic.clinic_id) in used:
            raise BusinessError("number-format", "the other series had this format before", field=f"/{field}")


async def put_price_list(unit: Unit, store: Store, prices: PriceList, change: Change) -> PriceList:
    """Stores the list under the next version. Raises BusinessError naming the field; nothing is stored then."""
    check(prices)
    await store.claims.claim(unit, [f"price-lists/{prices.clinic_id}"])
    listed = await store.price_lists.listed(unit, [prices.clinic_id])
    before = listed.pop((prices.clinic_id, prices.price_list_id), None)
    if prices.applies_to is not None and any(other.applies == prices.applies_to for other in listed.values()):
        raise BusinessError("price-list-scope-taken", "another list applies to just the same", field="/applies_to")
    stored = replace(prices, version=before.version + 1 if before else 1)
    await store.price_lists.put(unit, stored, change)
    return stored


async def put_policy(unit: Unit, store: Store, policy: DiscountPolicy, change: Change) -> DiscountPolicy:
    """Stores the policy under the next version. Raises BusinessError naming the field."""
    discount_policy.check(policy)
    before = await store.discounts.find_policy(unit, policy.clinic_id)
    stored = replace(policy, version=before.version + 1 if before else 1)
    await store.discounts.put_policy(unit, stored, change)
    return stored


async def put_family(unit: Unit, store: Store, family: DiscountFamily, change: Change) -> DiscountFamily:
    """Stores the family under the next version. Raises BusinessError for a patient who is of another family."""
    await store.claims.claim(unit, (f"family-of/{family.clinic_id}/{patient_id}" for patient_id in family.patient_ids))
    before = await store.discounts.family(family.clinic_id, family.family_id, unit)
    for other in await store.discounts.families_of(unit, family.clinic_id, family.patient_ids):
        if other.family_id != family.family_id:
            raise BusinessError("family-taken", f"a patient is of family {other.family_id}", field="/patient_ids")
    stored = replace(family, version=before.version + 1 if before else 1)
    await store.discounts.put_family(unit, stored, change)
    return stored
