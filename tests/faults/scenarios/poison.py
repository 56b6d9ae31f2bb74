"""Records that nobody can read, or that break a rule: they cost nobody but themselves."""

import json
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from contracts.envelope import Message
from contracts.topics import DAYS, INVOICES, PAYMENTS, SESSIONS, Topic
from tests.faults.clinic import Clinic
from tests.faults.scenarios.work import an_hour
from tests.faults.sessions import KINDS, poisoned, sessions
from tests.faults.stage import Stage

BATCH = 500
PLACES = ("first", "middle", "last")
OF_ALL = {
    INVOICES: "invoicing.invoice-finalized.v1",
    PAYMENTS: "payments.payment-received.v1",
    DAYS: "cash-register.day-closed.v1",
    SESSIONS: "clinical.session-completed.v1",
}
"""A type of each topic that everybody reads who hears the topic: whoever has no use for a type passes its records by,
spoilt or not, and no dead letter would show them."""


def in_a_batch(kinds: Sequence[str], places: Sequence[str], stage: Stage, clinic: Clinic, rng: Random) -> None:
    """500 sessions of one patient, and poison among them; they lie ready before anybody reads."""
    visits = sessions(rng, clinic.clinic_id, BATCH - len(kinds) * len(places), patients=1)
    good = [session.completed for session in visits]
    bad = {place: _bad(rng, clinic, kinds, place) for place in places}
    middle = len(good) // 2
    stage.services["invoicing"].pause()
    clinic.publish(
        [*bad.get("first", []), *good[:middle], *bad.get("middle", []), *good[middle:], *bad.get("last", [])]
    )
    stage.services["invoicing"].resume()
    clinic.until_drafted(visits)
    stage.faults["poison"] += len(kinds) * len(places)


def some_in_an_hour(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """One of each kind, on an ordinary day."""
    clinic.publish(_bad(rng, clinic, KINDS, "some"))
    an_hour(clinic, rng)
    stage.faults["poison"] += len(KINDS)


def nothing_but_poison(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """And then work goes on."""
    clinic.publish([message for number in range(10) for message in _bad(rng, clinic, KINDS, f"only-{number}")])
    an_hour(clinic, rng)
    stage.faults["poison"] += 10 * len(KINDS)


def on_every_topic(stage: Stage, clinic: Clinic, rng: Random) -> None:
    """What the services say to each other, spoilt on its way."""
    an_hour(clinic, rng)
    clinic.open_till("spare")
    clinic.close_till("spare")
    stage.quiet()
    stage.topics.catch_up()
    for topic, type_ in OF_ALL.items():
        spoilt = _spoilt(rng, stage, clinic, topic, type_)
        clinic.publish(spoilt)
        stage.faults["poison"] += len(spoilt)
    an_hour(clinic, rng, name="after")


def _bad(rng: Random, clinic: Clinic, kinds: Sequence[str], name: str) -> list[Message]:
    visits = sessions(rng, clinic.clinic_id, len(kinds), patients=1, name=f"bad-{name}")
    found = [session.poison(kind, f"{name}-{kind}") for session, kind in zip(visits, kinds, strict=True)]
    rng.shuffle(found)
    return found


def _spoilt(rng: Random, stage: Stage, clinic: Clinic, topic: Topic, type_: str) -> list[Message]:
    """A record of the topic, once for each kind of poison, about things that nobody else speaks of."""
    record = rng.choice(
        [r for r in stage.topics.of(topic.name) if clinic.is_of(r) and not r.poison and r.header("ce_type") == type_]
    )
    found = []
    for kind in KINDS:
        subject = f"spoilt-{kind}-{rng.randrange(10**9)}"
        body = json.loads(record.value or b"")
        changes: dict[str, bytes | None] = {"ce_subject": subject.encode(), "ce_id": f"{subject}:1".encode()}
        match kind:
            case "not-json":
                body = None
            case "wrong-type":
                changes["ce_type"] = b"clinical.session-dreamt.v1"
            case "null-header":
                changes["ce_time"] = None
            case "non-utf-8-header":
                changes["ce_source"] = b"\xff\xfe\x00"
            case "2-mb-value":
                body["ballast"] = "x" * 2_000_000
            case "breaks-a-rule":
                del body["clinic_id"]
        value = b"{" if body is None else json.dumps(body).encode()
        found.append(poisoned(replace(record.message, value=value), kind, changes))
    return found
