"""A clinic's profile, its price lists, its discounts. Drafts that waited for them are priced afterwards."""

from chassis.messaging.outbox import Unit
from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.clinics.configuration import configure
from invoicing.domain.discounts.policy import DiscountFamily, DiscountPolicy, change_family, change_policy
from invoicing.domain.pricing.price_list import PriceList, change_price_list
from invoicing.publishing import tell_profile
from invoicing.store import Store
from kernel.change import Change


async def put_clinic(unit: Unit, store: Store, profile: Clinic, change: Change) -> Clinic:
    """The other services hear of it. Raises as `configure`."""
    before = await store.clinics.find(unit, profile.clinic_id)
    outcome = configure(profile, await store.clinics.history(before) if before else ())
    await store.clinics.save(unit, outcome.events, change)
    tell_profile(unit, outcome.state, change)
    return outcome.state


async def put_price_list(unit: Unit, store: Store, prices: PriceList, change: Change) -> PriceList:
    """Raises as `change_price_list`."""
    await store.claims.claim(unit, [f"price-lists/{prices.clinic_id}"])
    listed = await store.price_lists.listed(unit, [prices.clinic_id])
    before = listed.pop((prices.clinic_id, prices.price_list_id), None)
    outcome = change_price_list(prices, before.version if before else 0, [other.applies for other in listed.values()])
    await store.price_lists.save(unit, outcome.events, change)
    return outcome.state


async def put_policy(unit: Unit, store: Store, policy: DiscountPolicy, change: Change) -> DiscountPolicy:
    """Raises as `change_policy`."""
    outcome = change_policy(policy, await store.discounts.find_policy(unit, policy.clinic_id))
    await store.discounts.save_policies(unit, outcome.events, change)
    return outcome.state


async def put_family(unit: Unit, store: Store, family: DiscountFamily, change: Change) -> DiscountFamily:
    """Raises as `change_family`."""
    await store.claims.claim(unit, (f"family-of/{family.clinic_id}/{patient_id}" for patient_id in family.patient_ids))
    before = await store.discounts.family(family.clinic_id, family.family_id, unit)
    others = await store.discounts.families_of(unit, family.clinic_id, family.patient_ids)
    outcome = change_family(family, before, others)
    await store.discounts.save_families(unit, outcome.events, change)
    return outcome.state
