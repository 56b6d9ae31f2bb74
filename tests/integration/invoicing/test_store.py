"""The store by itself, with both drivers: what is written comes back, and nobody overwrites what he did not see."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from invoicing.domain.clinics.clinic import BankAccount
from invoicing.domain.clinics.configuration import ClinicConfigured
from invoicing.domain.completeness.fates import LoggedSession
from invoicing.domain.drafts.drafting import invoice_id_of
from invoicing.domain.invoice.events import InvoiceDrafted, InvoiceFinalized, InvoiceRevised
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import edit, finalize
from invoicing.domain.pricing.price_list import PriceList, PriceListChanged
from invoicing.domain.receivables.account import AccountBalanceChanged, balance
from invoicing.publishing import Cause, publish, record, snapshot
from invoicing.store.invoices import NEWEST_FIRST, InvoiceFilter, StoredInvoice
from invoicing.store.pricing import PriceListSummary
from invoicing.usecases.invoice.finalize_invoice import finalize_invoice

from chassis.database.mongo import DriverError, is_duplicate
from chassis.database.paging import PageRequest
from chassis.journal.revisions import GENESIS
from chassis.messaging.outbox import Unit
from kernel.change import Change
from kernel.errors import Conflict, NotFound
from tests.integration.invoicing.own_store import OwnStore
from tests.parts.sessions import FILLING, item
from tests.unit.invoicing.examples import AT, NOW, clinic, drafted, finalized, price_list, session


async def test_an_invoice_comes_back_as_it_was_with_its_journal_and_its_events(own: OwnStore) -> None:
    draft = drafted(patient={"birth_date": "1984-02-29", "address": {"lines": ["Hauptstr. 1"], "country": "DE"}})
    edited = edit(draft, NOW, note="pays on Friday", due_on=None).state
    await own.save({}, InvoiceDrafted(draft), InvoiceRevised(edited))
    kept = await own.store.invoices.get(draft.invoice_id)
    assert kept.invoice == edited
    final = finalize(edited, clinic(), "B-1", NOW).state
    await own.save({draft.invoice_id: kept}, InvoiceFinalized(final))

    history = await own.store.revisions.of(draft.invoice_id, range(1, 9))
    assert [revision.snapshot for revision, _ in history] == [snapshot(draft), snapshot(edited), snapshot(final)]
    hashes = [hash_ for _, hash_ in history]
    assert [revision.previous for revision, _ in history] == [GENESIS, *hashes[:-1]]
    assert [revision.hash for revision, _ in history] == hashes
    assert (await own.store.invoices.get(draft.invoice_id)).head == hashes[-1]
    assert await own.published() == [
        (f"{draft.invoice_id}:{invoice.version}", snapshot(invoice)) for invoice in (draft, edited, final)
    ]


async def test_a_session_that_has_an_invoice_is_a_duplicate_key_and_nothing_of_its_batch_is_written(
    own: OwnStore,
) -> None:
    await own.save({}, InvoiceDrafted(drafted()))
    with pytest.raises(DriverError) as failed:
        await own.save({}, InvoiceDrafted(drafted(session_id="ses-2")), InvoiceDrafted(drafted()))
    assert is_duplicate(failed.value)
    with pytest.raises(NotFound):
        await own.store.invoices.get(drafted(session_id="ses-2").invoice_id)
    assert len(await own.published()) == 1


async def test_who_saw_an_older_version_cannot_save(own: OwnStore) -> None:
    draft = drafted()
    await own.save({}, InvoiceDrafted(draft))
    seen = await own.store.invoices.get(draft.invoice_id)
    await own.save({draft.invoice_id: seen}, InvoiceRevised(edit(draft, NOW, note="first", due_on=None).state))
    with pytest.raises(Conflict) as refused:
        await own.save({draft.invoice_id: seen}, InvoiceRevised(edit(draft, NOW, note="second", due_on=None).state))
    assert refused.value.code == "changed-meanwhile"
    assert (await own.store.invoices.get(draft.invoice_id)).invoice.note == "first"


async def test_a_profile_and_a_price_list_come_back_as_they_were(own: OwnStore) -> None:
    profile = replace(clinic(), bank_account=BankAccount("DE89", None, "Ä"), payment_terms_days=0)
    await own.do(lambda unit: own.store.clinics.save(unit, [ClinicConfigured(profile)], NOW))
    assert await own.store.clinics.get("clinic-berlin") == profile
    assert await own.do(lambda unit: own.store.clinics.of(unit, ["clinic-berlin", "other"])) == {
        "clinic-berlin": profile
    }
    periods = [
        {"valid_from": "2026-01-01", "valid_until": "2026-06-30", "items": [item(FILLING, 1)]},
        {"valid_from": "2026-07-01", "items": []},
    ]
    listed = price_list(periods=periods)
    for version in range(1, listed.version + 1):
        await _put(own, replace(listed, version=version))
    assert await own.store.price_lists.get("clinic-berlin", "standard") == listed
    known = await own.do(lambda unit: own.store.price_lists.listed(unit, ["clinic-berlin"]))
    assert known == {("clinic-berlin", "standard"): PriceListSummary(3, None)}


async def _put(own: OwnStore, listed: PriceList) -> None:
    await own.do(lambda unit: own.store.price_lists.save(unit, [PriceListChanged(listed)], NOW))


async def test_what_is_not_there_is_not_found_and_says_what(own: OwnStore) -> None:
    for look, code in (
        (own.store.invoices.get("inv-0"), "invoice-unknown"),
        (own.store.clinics.get("c-0"), "clinic-unknown"),
        (own.store.price_lists.get("c-0", "p-0"), "price-list-unknown"),
    ):
        with pytest.raises(NotFound) as refused:
            await look
        assert refused.value.code == code


async def test_numbers_drawn_at_once_are_all_different_and_without_gap_though_some_transactions_fail(
    own: OwnStore,
) -> None:
    async def draw(unit: Unit) -> int:
        return await own.store.counters.draw(unit, "invoice/c/2026")

    async def draw_and_fail(unit: Unit) -> int:
        await draw(unit)
        raise ValueError("changed its mind")

    drawing = [own.do(draw if n % 3 else draw_and_fail) for n in range(12)]
    drawn = await asyncio.gather(*drawing, return_exceptions=True)
    assert sorted(n for n in drawn if isinstance(n, int)) == list(range(1, 9))
    assert await own.do(lambda unit: own.store.counters.draw(unit, "invoice/c/2027")) == 1


async def test_an_account_comes_back_as_it_was_told(own: OwnStore) -> None:
    account = balance("clinic-berlin", "pat-77", 1, [finalized()], [], NOW, NOW.at.date())

    async def work(unit: Unit) -> None:
        await own.store.accounts.save(unit, [account])
        publish(unit, record([AccountBalanceChanged(account)], Cause()))

    await own.do(work)
    assert await own.store.accounts.get(account.account_id) == account
    assert await own.store.accounts.get("acc-0") is None
    assert [id_ for id_, _ in await own.published()] == [f"{account.account_id}:1"]


async def test_a_page_is_newest_first(own: OwnStore) -> None:
    invoices = [replace(drafted(session_id=f"ses-{n}"), drafted_at=AT + timedelta(seconds=n % 3)) for n in range(6)]
    await own.save({}, *(InvoiceDrafted(invoice) for invoice in invoices))
    rows = await own.store.invoices.page(InvoiceFilter(["clinic-berlin"]), PageRequest(3))
    newest = sorted(invoices, key=lambda invoice: (invoice.drafted_at, invoice.invoice_id), reverse=True)
    assert [row["_id"] for row in rows] == [invoice.invoice_id for invoice in newest[:4]]
    assert NEWEST_FIRST.sort == [("drafted_at", -1), ("_id", -1)]


async def test_what_was_heard_on_the_last_day_of_a_period_is_in_the_period(own: OwnStore) -> None:
    sessions = [session(session_id=f"ses-{day}", completed_at=f"2026-11-{day}T12:00:00Z") for day in (19, 20, 21, 22)]
    entries = [
        (invoice_id_of(event.clinic_id, event.session_id), event, event.completed_at.date()) for event in sessions
    ]
    await own.do(lambda unit: own.store.session_log.append(unit, entries, look=False))
    for first, last, found in (("19", "22", 4), ("20", "21", 2), ("21", "21", 1)):
        days = (f"2026-11-{first}", f"2026-11-{last}")

        async def work(unit: Unit, days: tuple[str, str] = days) -> list[LoggedSession]:
            page, _ = await own.store.session_log.page(unit, "clinic-berlin", *days, PageRequest(10))
            return page

        page = await own.do(work)
        assert [logged.day for logged in page] == [f"2026-11-{day}" for day in range(int(first), int(last) + 1)]
        assert len(page) == found


async def test_the_highest_voiding_of_an_unknown_session_is_remembered(own: OwnStore) -> None:
    assert await own.do(lambda unit: own.store.session_log.voided(unit, ["inv-1"])) == {}
    await own.do(lambda unit: own.store.session_log.remember_voided(unit, {"inv-1": 3, "inv-2": 1}))
    await own.do(lambda unit: own.store.session_log.remember_voided(unit, {"inv-1": 5}))
    assert await own.do(lambda unit: own.store.session_log.voided(unit, ["inv-1", "inv-3"])) == {"inv-1": 5}


async def test_the_series_begins_anew_with_the_year_of_the_clinic_not_of_greenwich(own: OwnStore) -> None:
    """In Berlin it is 2027 already when it is 23:30 UTC on the last of December."""
    await own.do(lambda unit: own.store.clinics.save(unit, [ClinicConfigured(clinic())], NOW))
    numbers = []
    for nth, at in enumerate(("22:30", "22:45", "23:30", "23:45")):
        draft = drafted(session_id=f"ses-{nth}")
        await own.save({}, InvoiceDrafted(draft))
        kept = await own.store.invoices.get(draft.invoice_id)
        change = replace(NOW, at=datetime.fromisoformat(f"2026-12-31T{at}:00+00:00"))

        async def work(unit: Unit, kept: StoredInvoice = kept, change: Change = change) -> Invoice:
            return await finalize_invoice(unit, own.store, kept, change)

        numbers.append((await own.do(work)).number)
    assert numbers == [f"clinic-berlin-{tail}" for tail in ("2026-000001", "2026-000002", "2027-000001", "2027-000002")]
