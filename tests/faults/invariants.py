"""What must hold whatever broke, once all is quiet again. Each invariant tells how it is broken, or nothing."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from invoicing.domain.drafts.drafting import invoice_id_of
from invoicing.domain.receivables.account import account_id_of

from chassis.messaging.reading import PARKED_AT, REPLAY
from cli.letters import REPLAY_OF
from contracts.topics import DAYS, DOCUMENTS, HEARS, INVOICES, MAX_VALUE_BYTES, PAYMENTS, SESSIONS
from tests.faults.sessions import CODES_OF_REJECTION
from tests.faults.world import Happened, Json, Letter, World

COUNTING = ("finalized", "paid", "no_charge", "credited", "written_off", "archived")
CASH_IS_IN = ("settled", "partly_refunded", "refunded")
WAITS = "waits-behind"
REPLAY_HEADERS = (REPLAY, PARKED_AT, REPLAY_OF)


def one_invoice_a_session(world: World) -> Iterator[str]:
    """Each session that was heard has exactly one invoice, of the newest version, and maybe supplements to it.

    Every item is on a line, or proposed; what is billed and was not done is credited, or proposed to be.
    """
    own = {id_: i for id_, i in world.invoices.items() if i["supplement_to"] is None}
    found = Counter((i["clinic_id"], i["session_id"]) for i in own.values())
    yield from (f"{session} has {count} invoices" for session, count in found.items() if count > 1)
    heard: dict[str, list[Happened]] = defaultdict(list)
    for event in world.heard("invoicing", SESSIONS.name):
        heard[invoice_id_of(event.body["clinic_id"], event.subject)].append(event)
    yield from (f"{id_} is of no session that was heard" for id_ in own if id_ not in heard)
    for id_, events in heard.items():
        yield from _invoice_of(world, id_, events)


def _invoice_of(world: World, id_: str, events: list[Happened]) -> Iterator[str]:
    newest = max(events, key=lambda event: event.version)
    invoice = world.invoices.get(id_)
    if invoice is None:
        voided = world.rows["invoicing"]["voided_sessions"].get(id_)
        versions = [e.version for e in events if not e.type.endswith("session-voided.v1")]
        if voided is None or max(versions, default=0) > voided["version"]:
            yield f"session {newest.subject} has no invoice"
    elif invoice["session_version"] != newest.version:
        yield f"{id_} shows version {invoice['session_version']} of session {newest.subject}, not {newest.version}"
    elif "procedures" in newest.body:
        treated = {f"procedure:{p['procedure_id']}" for p in newest.body["procedures"]}
        treated |= {f"material:{m['material_id']}" for m in newest.body["materials"]}
        yield from _items(world, invoice, treated)


def _items(world: World, invoice: Json, treated: set[str]) -> Iterator[str]:
    id_ = invoice["invoice_id"]
    family = [invoice, *(i for i in world.invoices.values() if i["supplement_to"] == id_ and i["status"] != "void")]
    billed = {line["line_id"] for billed_invoice in family for line in billed_invoice["lines"]}
    pending = [p for billed_invoice in family for p in billed_invoice["proposals"]]
    decided = [d["proposal"] for billed_invoice in family for d in billed_invoice["decisions"]]
    asked = {kind: _lines_of(p for p in [*pending, *decided] if p["kind"] == kind) for kind in ("supplement", "credit")}
    if missing := treated - billed - asked["supplement"]:
        yield f"{id_} bills {sorted(billed)}, and the session said {sorted(missing)} as well"
    if more := billed - treated - asked["credit"]:
        yield f"{id_} bills {sorted(more)}, and the session said {sorted(treated)}"
    unseen = [d for billed_invoice in family for d in billed_invoice["deviations"] if d["acknowledged_at"] is None]
    if bool(pending or unseen) != any(MARKS & {*billed_invoice["problems"]} for billed_invoice in family):
        waits = f"{len(pending)} proposals pending, {len(unseen)} deviations unseen"
        yield f"{id_} has {waits}, and is marked {invoice['problems']}"


MARKS = {"session-corrected", "session-voided"}


def _lines_of(proposals: Iterable[Json]) -> set[str]:
    return {line["line_id"] for proposal in proposals for line in proposal["lines"]}


def input_is_state_and_dead_letters(world: World) -> Iterator[str]:
    """What a consumer heard is in its state or in its dead letter; there is nothing else in either."""
    rejected = {(letter.service, letter.place) for letter in world.letters}
    for service, topics in HEARS.items():
        for topic in topics:
            for record in world.written:
                bad = record.poison and not record.discarded and record.topic == topic.name
                if bad and (service, record.place) not in rejected:
                    yield f"{service} took {record.poison} at {record.place}"
    for letter in world.letters:
        yield from _letter(world, letter)
    yield from _copies(world, "invoicing", "payments", PAYMENTS.name)
    yield from _copies(world, "payments", "invoices", INVOICES.name)
    yield from _copies(world, "payments", "days", DAYS.name)
    yield from _copies(world, "documents", "invoices", INVOICES.name)
    yield from _copies(world, "documents", "payments", PAYMENTS.name)


def _letter(world: World, letter: Letter) -> Iterator[str]:
    """Bytes and headers untouched, the error-* headers beside them, and a reason that is right. Of a value that nobody
    would read, its beginning and the hash of all of it."""
    record = world.at.get(letter.place)
    if record is None:
        yield f"a dead letter of {letter.service} is about {letter.place}, where nothing is"
        return
    sent = [header for header in record.headers if header[0] not in REPLAY_HEADERS]
    kept = [h for h in letter.record.headers if not h[0].startswith("error-") and h[0] not in REPLAY_HEADERS]
    value = record.value
    if letter.is_cut and value is not None and len(value) > MAX_VALUE_BYTES:
        value = value[: len(letter.record.value or b"")]
        if letter.record.header("error-value-sha256") != hashlib.sha256(record.value or b"").hexdigest():
            yield f"the dead letter of {letter.place} does not know the whole value again"
    if (record.key, value, sent) != (letter.record.key, letter.record.value, kept):
        yield f"the dead letter of {letter.place} is not what was sent"
    if missing := {"error-code", "error-message"} - set(letter.record.named):
        yield f"the dead letter of {letter.place} lacks {missing}"
    kind = record.poison
    if letter.code not in (WAITS, CODES_OF_REJECTION.get(kind, kind or WAITS)):
        yield f"{letter.service} rejected {kind or 'a good record'} at {letter.place} as {letter.code}"


def _copies(world: World, service: str, collection: str, topic: str) -> Iterator[str]:
    """A copy is of the newest version that was heard, and of nothing that was not."""
    copies = world.rows[service][collection]
    newest: dict[str, int] = {}
    for event in world.heard(service, topic):
        if not _is_credit_note(event):
            newest[event.subject] = max(event.version, newest.get(event.subject, 0))
    for subject, version in newest.items():
        kept = copies[subject]["version"] if subject in copies else None
        if kept != version:
            yield f"{service} keeps version {kept} of {subject}, and heard {version}"
    yield from (f"{service} keeps {subject}, and never heard of it" for subject in copies if subject not in newest)


def _is_credit_note(event: Happened) -> bool:
    """It is on the invoices' topic, and only who asks for it hears it."""
    return event.type.endswith("credit-note-issued.v1")


def numbers_have_no_gap_and_no_double(world: World) -> Iterator[str]:
    """Of invoices and credit notes for each clinic and year, and of receipts for each clinic."""
    invoices = [(i["number"][:-6], i["number"]) for i in world.invoices.values() if i["number"] is not None]
    receipts = [
        (each["receipt_number"][:-6], each["receipt_number"])
        for payment in world.rows["payments"]["payments"].values()
        for each in (payment, *payment["refunds"])
        if each["receipt_number"]
    ]
    series: dict[str, list[int]] = defaultdict(list)
    credit_notes = [(note["number"][:-6], note["number"]) for note in world.credit_notes.values()]
    for name, number in invoices + credit_notes + receipts:
        series[name].append(int(number[-6:]))
    for name, drawn in series.items():
        if sorted(drawn) != list(range(1, len(drawn) + 1)):
            yield f"{name} has {sorted(drawn)}"


def balances_are_totals_less_payments(world: World) -> Iterator[str]:
    """By the invoices, and by the payments as they were told last, not as invoicing remembers them.

    Totals are less what was credited and written off.
    """
    paid: Counter[str] = Counter()
    for event in _heard_payments(world).values():
        paid[account_id_of(event.body["clinic_id"], event.body["patient_id"])] += event.body["settled"]["amount_minor"]
    billed: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for invoice in world.invoices.values():
        yield from _totals(world, invoice)
        used.update({a["payment_id"]: a["amount"]["amount_minor"] for a in invoice["allocations"]})
        if invoice["status"] in COUNTING:
            billed[account_id_of(invoice["clinic_id"], invoice["patient_id"])] += _payable(invoice)
    came = {id_: event.body["settled"]["amount_minor"] for id_, event in _heard_payments(world).items()}
    yield from (f"payment {id_} counts for more than came" for id_, much in used.items() if much > came.get(id_, 0))
    accounts = world.rows["invoicing"]["accounts"]
    for id_ in {*paid, *billed}:
        balance = sum(b["balance"]["amount_minor"] for b in accounts[id_]["balances"]) if id_ in accounts else None
        if balance != billed[id_] - paid[id_]:
            yield f"account {id_}: {balance} is not {billed[id_]} less {paid[id_]}"


def credit_notes_are_what_is_credited(world: World) -> Iterator[str]:
    """Each invoice shows its credit notes, in their order and with their sum: never more than it asked for."""
    of: dict[str, list[Json]] = defaultdict(list)
    for note in world.credit_notes.values():
        of[note["invoice_id"]].append(note)
    yield from (f"credit notes of {id_}, which is not there" for id_ in of if id_ not in world.invoices)
    for id_, invoice in world.invoices.items():
        shown, issued = set(map(_told_of, invoice["credit_notes"])), set(map(_told_of, of[id_]))
        if shown != issued:
            yield f"{id_} shows the credit notes {sorted(shown)}, and {sorted(issued)} were issued"
        if _minor(invoice, "credited") != sum(amount for *_, amount in issued):
            yield f"{id_} is credited {_minor(invoice, 'credited')}"
        if _minor(invoice, "credited") > _minor(invoice, "gross") + _minor(invoice, "rounding"):
            yield f"{id_} is credited more than it asked for"


def _told_of(note: Json) -> tuple[str, str, int]:
    return note["credit_note_id"], note["number"], note["amount"]["amount_minor"]


def _heard_payments(world: World) -> dict[str, Happened]:
    newest: dict[str, Happened] = {}
    for event in world.heard("invoicing", PAYMENTS.name):
        if event.subject not in newest or event.version > newest[event.subject].version:
            newest[event.subject] = event
    return newest


def _totals(world: World, invoice: Json) -> Iterator[str]:
    id_, allocated = invoice["invoice_id"], sum(a["amount"]["amount_minor"] for a in invoice["allocations"])
    if _minor(invoice, "paid") != allocated:
        yield f"{id_} is paid {_minor(invoice, 'paid')}, and {allocated} is allocated"
    if _minor(invoice, "due") != _payable(invoice) - allocated:
        yield f"{id_} is due {_minor(invoice, 'due')}"
    if invoice["status"] in COUNTING:
        named = [e.body for e in _heard_payments(world).values() if e.body["invoice_id"] == id_]
        settled = sum(p["settled"]["amount_minor"] for p in named if p["patient_id"] == invoice["patient_id"])
        if allocated < min(settled, _payable(invoice)):
            yield f"{id_} has {allocated} allocated of {settled} that was paid for it"


def _payable(invoice: Json) -> int:
    """What it asks for still, paid or not."""
    asked = _minor(invoice, "gross") + _minor(invoice, "rounding")
    return asked - _minor(invoice, "credited") - _minor(invoice, "written_off")


def _minor(invoice: Json, name: str) -> int:
    amount = invoice["totals"].get(name)
    return int(amount["amount_minor"]) if amount else 0


def every_change_was_published(world: World) -> Iterator[str]:
    """Byte for byte what the journal keeps; every version of what has no journal."""
    published = {event.record.header("ce_id"): event for event in world.events(INVOICES.name)}
    journal = [row for row in world.rows["invoicing"]["revisions"].values() if row["type"] in INVOICES.types()]
    for row in journal:
        event = published.get(f"{row['subject']}:{row['version']}")
        if event is None:
            yield f"version {row['version']} of {row['subject']} was never published"
        elif (event.record.value, event.type) != (row["snapshot"], row["type"]):
            yield f"version {row['version']} of {row['subject']} was published as something else"
    revised = {f"{row['subject']}:{row['version']}" for row in journal}
    yield from (f"{id_} was published, and is in no journal" for id_ in published if id_ not in revised)
    for service, collection, topic in (
        ("invoicing", "accounts", "invoicing.accounts"),
        ("cash-register", "days", DAYS.name),
        ("documents", "documents", DOCUMENTS.name),
    ):
        versions = {(event.subject, event.version) for event in world.events(topic)}
        for id_, row in world.rows[service][collection].items():
            missing = [v for v in range(1, row["version"] + 1) if (id_, v) not in versions]
            if missing:
                yield f"versions {missing} of {id_} were never published"
    newest = world.newest(PAYMENTS.name)
    for id_, row in world.rows["payments"]["payments"].items():
        if row["status"] in ("pending", "canceled"):
            continue
        names = ("status", "version", "receipt_number")
        last = newest[id_].body if id_ in newest else {}
        if any(last.get(name) != row[name] for name in names):
            yield f"payment {id_} is {row['status']}, and that was never published"


def the_same_id_is_the_same_bytes(world: World) -> Iterator[str]:
    """An event that is published again is the same record; a dead letter that is sent again is, too."""
    first: dict[Any, Any] = {}
    for record in world.written:
        id_: Any = record.topic, record.header("ce_id")
        headers = [header for header in record.headers if header[0] not in REPLAY_HEADERS]
        if "error-topic" in record.named:
            id_ = (*id_, *(record.header(f"error-{name}") for name in ("topic", "partition", "offset")))
        elif not record.header("ce_id") or record.poison:
            continue
        content = record.key, record.value, headers
        if first.setdefault(id_, content) != content:
            yield f"{id_} is not always the same"


def order_is_kept(world: World) -> Iterator[str]:
    """All of an aggregate is on one partition; who drops what is old ends with what its owner keeps."""
    for topic in (INVOICES.name, "invoicing.accounts", PAYMENTS.name, DAYS.name, DOCUMENTS.name):
        places: dict[str, set[int]] = defaultdict(set)
        for event in world.events(topic):
            places[event.subject].add(event.record.partition)
        yield from (f"{subject} is on partitions {where}" for subject, where in places.items() if len(where) > 1)
    for id_, event in world.newest(INVOICES.name).items():
        kept = world.rows["invoicing"]["credit_notes" if _is_credit_note(event) else "invoices"].get(id_)
        if kept is None or (kept["version"], kept["snapshot"]) != (event.version, event.record.value):
            yield f"the newest of {id_} on the topic is not what invoicing keeps"


def nothing_is_left_over(world: World) -> Iterator[str]:
    """Outboxes are empty, jobs are done, and every record is committed."""
    yield from (f"{group} lags by {lag}" for group, lag in world.lags.items())
    for service, collections in world.rows.items():
        yield from (f"{service} has {len(rows)} in its {n}" for n, rows in collections.items() if n in LEFT and rows)


LEFT = ("outbox", "jobs", "waiting")


def the_till_is_the_cash_payments(world: World) -> Iterator[str]:
    """Each register holds its floats, and what was paid in cash less what went back in cash."""
    cash: Counter[tuple[str, str]] = Counter()
    newest: dict[str, Happened] = {}
    for event in world.heard("cash-register", PAYMENTS.name):
        if event.subject not in newest or event.version > newest[event.subject].version:
            newest[event.subject] = event
    for payment in (event.body for event in newest.values()):
        if payment["method"] == "cash" and payment["status"] in CASH_IS_IN:
            cash[payment["clinic_id"], payment["register_id"]] += payment["amount"]["amount_minor"]
            for refund in payment["refunds"]:
                if refund["status"] == "settled":
                    register = refund["register_id"] or payment["register_id"]
                    cash[payment["clinic_id"], register] -= refund["amount"]["amount_minor"]
    till: Counter[tuple[str, str]] = Counter()
    moved: Counter[str] = Counter()
    for movement in world.rows["cash-register"]["movements"].values():
        moved[movement["day_id"]] += movement["amount"]["amount_minor"]
    for id_, day in world.rows["cash-register"]["days"].items():
        in_it = day["cash_in"]["amount_minor"] - day["cash_out"]["amount_minor"]
        till[day["clinic_id"], day["register_id"]] += in_it
        if in_it != moved[id_]:
            yield f"{id_} counts {in_it}, and {moved[id_]} moved"
    for register in {*cash, *till}:
        if till[register] != cash[register]:
            yield f"{register} holds {till[register]}, and {cash[register]} was paid in cash"


def one_pdf_of_what_was_issued(world: World) -> Iterator[str]:
    """Invoices with a number, credit notes, receipts and closed days have one document each, whose file is whole."""
    tables = world.rows["documents"]
    files: dict[str, bytes] = defaultdict(bytes)
    for key in sorted(tables["files"]):
        files[key.partition(":")[0]] += tables["files"][key]["content"]
    made: dict[str, list[Json]] = defaultdict(list)
    for document in tables["documents"].values():
        made[document["source"]["source_id"]].append(document)
    issued = set(_issued(world))
    for id_ in issued:
        if len(made[id_]) != 1 or made[id_][0]["file"] is None:
            yield f"{id_} has {len(made[id_])} documents"
            continue
        digest = made[id_][0]["file"]["sha256"]
        if not files[digest].startswith(b"%PDF") or hashlib.sha256(files[digest]).hexdigest() != digest:
            yield f"the PDF of {id_} is not whole"
    yield from (f"{id_} has a document, and was not issued" for id_ in made if id_ not in issued)


def _issued(world: World) -> Iterator[str]:
    """What documents heard of that has a document."""
    for event in world.heard("documents", INVOICES.name):
        if event.body["number"] is not None:
            yield event.subject
    for event in world.heard("documents", PAYMENTS.name):
        if event.body.get("receipt_number") and event.body.get("settled_at"):
            yield event.subject
            yield from (each["refund_id"] for each in event.body["refunds"] if each["status"] == "settled")
    for event in world.heard("documents", DAYS.name):
        if event.type.endswith("day-closed.v1"):
            yield event.subject


def one_charge_a_card_payment(world: World) -> Iterator[str]:
    """Stripe charged what is settled, once, and nothing that is not."""
    charged: dict[str, list[int]] = defaultdict(list)
    owner = {intent["id"]: intent["metadata"].get("payment_id") for intent in world.intents}
    for charge in world.charges:
        if charge["status"] == "succeeded":
            charged[owner.get(charge["payment_intent"]) or charge["id"]].append(charge["amount"])
    for id_, payment in world.rows["payments"]["payments"].items():
        if payment["method"] == "card":
            settled = [payment["amount"]["amount_minor"]] if payment["status"] in CASH_IS_IN else []
            if charged.pop(id_, []) != settled:
                yield f"card payment {id_} is {payment['status']}, and not what Stripe charged"
    yield from (f"Stripe charged {amounts} for {id_}, which is on no books" for id_, amounts in charged.items())


def what_was_answered_is_on_the_books(world: World) -> Iterator[str]:
    """A number or a payment that somebody was told of stays; what was asked twice was done once."""
    for id_, number in world.numbers.items():
        if world.invoices.get(id_, {}).get("number") != number:
            yield f"{id_} was told to be {number}"
    known = world.rows["payments"]["payments"]
    yield from (f"payment {id_} was told of, and is gone" for id_ in world.payments if id_ not in known)
    named = {*world.payments, *(id_ for id_, row in known.items() if row["bank_transaction_id"])}
    yield from (f"payment {id_} was never told of" for id_ in known if id_ not in named)


def the_bank_is_the_transfers(world: World) -> Iterator[str]:
    """What the bank moved is there, each movement once; and what of it was matched is what is settled of it."""
    booked: Counter[tuple[str, int, bool, str]] = Counter()
    for clinic_id, moved in world.moved.items():
        booked.update((clinic_id, abs(m.minor), m.minor > 0, m.end_to_end) for m in moved)
    rows = world.rows["payments"]["bank_transactions"]
    kept = Counter(
        (row["clinic_id"], _amount(row), row["credit"], row["end_to_end_id"] or "NOTPROVIDED") for row in rows.values()
    )
    yield from (
        f"the bank moved {what} {booked[what]} times, and {kept[what]} are kept"
        for what in {*booked, *kept}
        if booked[what] != kept[what]
    )
    settled: dict[str, Counter[str]] = defaultdict(Counter)
    for id_, payment in world.rows["payments"]["payments"].items():
        if payment["bank_transaction_id"] and payment["status"] != "reversed":
            settled[payment["bank_transaction_id"]][id_] += payment["amount"]["amount_minor"]
    for id_, row in rows.items():
        shares = row["decision"]["shares"] if row["status"] == "matched" else []
        wanted = Counter({share["payment_id"]: share["amount"]["amount_minor"] for share in shares})
        if sum(wanted.values()) != (_amount(row) if row["status"] == "matched" else 0):
            yield f"{id_} of {_amount(row)} is {row['status']}, and shared as {dict(wanted)}"
        if settled.pop(id_, Counter()) != wanted:
            yield f"{id_} is {row['status']}, and its payments are not its shares"
    yield from (f"payments of {id_}, which the bank never moved" for id_ in settled)


def _amount(row: Json) -> int:
    return int(row["amount"]["amount_minor"])


INVARIANTS: tuple[Callable[[World], Iterator[str]], ...] = (
    one_invoice_a_session,
    input_is_state_and_dead_letters,
    numbers_have_no_gap_and_no_double,
    balances_are_totals_less_payments,
    credit_notes_are_what_is_credited,
    every_change_was_published,
    the_same_id_is_the_same_bytes,
    order_is_kept,
    nothing_is_left_over,
    the_till_is_the_cash_payments,
    one_pdf_of_what_was_issued,
    one_charge_a_card_payment,
    what_was_answered_is_on_the_books,
    the_bank_is_the_transfers,
)
MOST_TOLD = 5


def broken(world: World) -> dict[str, list[str]]:
    """What does not hold, by invariant; the first few of each."""
    found = {invariant.__name__: list(invariant(world)) for invariant in INVARIANTS}
    return {name: [*faults[:MOST_TOLD], f"{len(faults)} in all"] for name, faults in found.items() if faults}
