"""What was stored before an update, once it was caught up with."""

import json
from dataclasses import replace

from invoicing.domain.clinics.configuration import ClinicConfigured, configure
from invoicing.domain.invoice.events import InvoiceDrafted, InvoiceFinalized
from invoicing.domain.invoice.lifecycle import finalize
from invoicing.domain.patients.search import search_of
from invoicing.store.invoices import COLLECTION, InvoiceFilter
from invoicing.usecases.catching_up.find_old_invoices import find_old_invoices
from invoicing.usecases.catching_up.find_old_patients import find_old_patients
from invoicing.usecases.catching_up.tell_old_profiles import tell_old_profiles

from chassis.database.paging import PageRequest
from kernel.clock import utc_now
from tests.integration.invoicing.own_store import OwnStore
from tests.unit.invoicing.examples import NOW, clinic, drafted, session

FOUND_BY = ("session_id", "number", "payment_reference", "numbered")


async def found(own: OwnStore, wanted: InvoiceFilter) -> list[str]:
    return [row["_id"] for row in await own.store.invoices.page(wanted, PageRequest(10))]


async def test_invoices_from_before_are_found_by_session_number_and_reference(own: OwnStore) -> None:
    draft, other = drafted(), drafted(session_id="ses-2")
    final = finalize(draft, clinic(), "B-1", NOW).state
    await own.save({}, InvoiceDrafted(draft), InvoiceFinalized(final), InvoiceDrafted(other))
    rows = own.mongo.collection(COLLECTION)
    await rows.update_many({}, {"$unset": dict.fromkeys(FOUND_BY, "")})
    before = await rows.find({}).sort("_id", 1).to_list(None)
    wanted = {
        InvoiceFilter(session_id=draft.session_id): final.invoice_id,
        InvoiceFilter(session_id="ses-2"): other.invoice_id,
        InvoiceFilter(number="B-1"): final.invoice_id,
        InvoiceFilter(reference=final.payment_reference): final.invoice_id,
    }
    assert [await found(own, one) for one in wanted] == [[]] * 4
    work = find_old_invoices(own.store, own.outbox, utc_now)
    assert await work()
    assert not await work()
    assert [await found(own, one) for one in wanted] == [[id_] for id_ in wanted.values()]
    after = await rows.find({}).sort("_id", 1).to_list(None)
    assert [{name: row[name] for name in row if name not in FOUND_BY} for row in after] == before
    assert not await find_old_invoices(own.store, own.outbox, utc_now)(), "it is done once"


async def test_a_profile_from_before_is_told_as_it_was_put_last(own: OwnStore) -> None:
    first = configure(replace(clinic(), version=0), ()).state
    moved = configure(replace(first, time_zone="America/Chicago"), [first]).state
    later = replace(NOW, reason="moved")
    await own.do(lambda unit: own.store.clinics.save(unit, [ClinicConfigured(first)], NOW))
    await own.do(lambda unit: own.store.clinics.save(unit, [ClinicConfigured(moved)], later))
    assert await own.published() == []
    work = tell_old_profiles(own.store, own.outbox, utc_now)
    while await work():
        pass
    [(_, event)] = await own.published()
    profile = json.loads(event)
    assert (profile["clinic_id"], profile["version"], profile["time_zone"]) == ("clinic-berlin", 2, "America/Chicago")
    assert profile["changed_by"]["actor_id"] == later.by.actor_id
    assert not await tell_old_profiles(own.store, own.outbox, utc_now)()
    assert len(await own.published()) == 1, "it is done once"


async def test_patients_from_before_are_found_by_the_names_on_their_invoices(own: OwnStore) -> None:
    old, new = drafted(), drafted(session_id="ses-2", patient={"name": "Łucja Nowak"})
    other = drafted(session_id="ses-3", patient={"patient_id": "pat-78", "name": "Jörg Weiß"})
    await own.save({}, InvoiceDrafted(old), InvoiceDrafted(new), InvoiceDrafted(other))
    sessions = (session(completed_at="2026-11-20T17:00:00Z"), session(session_id="ses-2"))
    log = [(i.invoice_id, heard, NOW.at.date()) for i, heard in zip((old, new), sessions, strict=True)]
    await own.do(lambda unit: own.store.session_log.append(unit, log, look=False))

    async def named(asked: str) -> list[str]:
        rows = await own.store.patients.page("clinic-berlin", search_of(asked), PageRequest(10))
        return [row["name"] for row in rows]

    assert await named("luc") == await named("jörg") == []
    work = find_old_patients(own.store, own.outbox, utc_now)
    while await work():
        pass
    assert [await named(part) for part in ("luc", "nowak", "jörg")] == [["Łucja Øster"], [], ["Jörg Weiß"]]
    assert not await find_old_patients(own.store, own.outbox, utc_now)(), "it is done once"
