"""A request that is sent again has its effect once, and gets the same answer."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from chassis.database.mongo import Driver, Mongo
from chassis.http import idempotency
from chassis.http.auth import FrontDesk, Principal
from chassis.http.idempotency import Answer, Idempotency, IdempotencyKey, RequestKey
from chassis.messaging import outbox
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Outbox, Unit
from contracts.cash_register import DayOpened
from kernel.clock import utc_now
from kernel.errors import Conflict, NotFound
from kernel.ids import new_id
from tests.parts.issuer import Issuer, running_issuer
from tests.parts.web import app_of, client_of

CLINIC = "clinic-berlin"
CALLER = Principal("usr-1", "Desk One", frozenset({"front_desk"}), frozenset({CLINIC}))
KEY = RequestKey("key-1", "pay 100", CALLER)


class Movement(BaseModel):
    amount_minor: int = Field(gt=0)
    note: str = ""


class Till:
    """A service in small: movements in its store, an outside world that counts, both kinds of idempotent effects."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        self.movements = mongo.collection("movements")
        self.idempotency = Idempotency(mongo, Outbox(mongo, Producer("127.0.0.1:9", "test"), "/test"))
        self.outside: list[str] = []

    async def move(self, unit: Unit, register_id: str, movement: Movement) -> Answer:
        movement_id = new_id("mov")
        row = {"_id": movement_id, "register_id": register_id, "amount_minor": movement.amount_minor}
        await self.movements.insert_one(row, session=unit.session)
        return Answer.of(CLINIC, movement, 201, {"Location": f"/movements/{movement_id}", "ETag": '"1"'})

    async def count(self) -> int:
        counted: int = await self.movements.count_documents({})
        return counted

    async def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.mongo.collection(idempotency.COLLECTION).find({}).to_list(100)
        return found

    async def intend(self, unit: Unit) -> str:
        await self.movements.insert_one({"_id": "pay-1", "state": "intended"}, session=unit.session)
        return "pay-1"

    async def act(self, subject: str) -> str:
        self.outside.append(subject)
        return "charged"

    async def record(self, unit: Unit, subject: str, result: str) -> Answer:
        settled = {"$set": {"state": result}, "$inc": {"recorded": 1}}
        await self.movements.update_one({"_id": subject}, settled, session=unit.session)
        return Answer(CLINIC, 201, f'{{"payment_id":"{subject}"}}')

    async def pay(self, key: RequestKey = KEY) -> Answer:
        return await self.idempotency.once_around(key, CLINIC, intend=self.intend, act=self.act, record=self.record)


@pytest.fixture(params=["pymongo", "motor"])
async def till(mongo_uri: str, database: str, request: pytest.FixtureRequest) -> AsyncIterator[Till]:
    driver: Driver = request.param
    mongo = Mongo(mongo_uri, database, driver)
    await mongo.ensure_indexes({"movements": [], idempotency.COLLECTION: idempotency.INDEXES, outbox.COLLECTION: []})
    yield Till(mongo)
    await mongo.close()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


def till_of(request: Request) -> Till:
    till: Till = request.app.state.till
    return till


TheTill = Annotated[Till, Depends(till_of)]
routes = APIRouter(prefix="/registers")


@routes.post("/{register_id}/movements")
async def move(
    register_id: str, movement: Movement, caller: FrontDesk, key: IdempotencyKey, till: TheTill, dry: bool = False
) -> Response:
    return (await till.idempotency.once(key, lambda unit: till.move(unit, register_id, movement))).response()


@routes.post("/{register_id}/close")
async def close(register_id: str, caller: FrontDesk, key: IdempotencyKey, till: TheTill) -> Response:
    movement = Movement(amount_minor=1)
    return (await till.idempotency.once(key, lambda unit: till.move(unit, register_id, movement))).response()


@pytest.fixture
async def client(issuer: Issuer, till: Till) -> AsyncIterator[httpx2.AsyncClient]:
    app = app_of(issuer.settings(), routes)
    app.state.till = till
    async with client_of(app) as client:
        client.headers.update(issuer.headers())
        yield client


async def sent(client: httpx2.AsyncClient, key: str | None, body: Any, path: str = "/registers/r-1/movements") -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await client.post(path, json=body, headers=headers)


async def test_the_second_time_gets_the_answer_of_the_first(client: httpx2.AsyncClient, till: Till) -> None:
    first = await sent(client, "k", {"amount_minor": 100})
    again = await sent(client, "k", {"amount_minor": 100})
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["etag"] == '"1"'
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await till.count() == 1


async def test_another_key_is_another_effect(client: httpx2.AsyncClient, till: Till) -> None:
    await sent(client, "k", {"amount_minor": 100})
    await sent(client, "l", {"amount_minor": 100})
    assert await till.count() == 2


async def test_the_same_meaning_in_other_bytes_is_the_same_request(client: httpx2.AsyncClient, till: Till) -> None:
    await sent(client, "k", {"amount_minor": 100, "note": "é"})
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    spaced = b'{ "note": "\\u00e9",\n "amount_minor": 100 }'
    again = await client.post("/registers/r-1/movements", content=spaced, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/registers/r-1/movements", {"amount_minor": 101}),
        ("/registers/r-2/movements", {"amount_minor": 100}),
        ("/registers/r-1/movements?dry=1", {"amount_minor": 100}),
    ],
    ids=["another body", "another register", "another query"],
)
async def test_a_key_used_again_for_something_else_is_refused(
    client: httpx2.AsyncClient, till: Till, path: str, body: Any
) -> None:
    await sent(client, "k", {"amount_minor": 100})
    refused = await sent(client, "k", body, path)
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency-key-reused")
    assert await till.count() == 1


async def test_two_people_may_use_the_same_key(client: httpx2.AsyncClient, till: Till, issuer: Issuer) -> None:
    await sent(client, "1", {"amount_minor": 100})
    client.headers.update(issuer.headers(sub="usr-2"))
    other = await sent(client, "1", {"amount_minor": 100})
    assert "idempotency-replayed" not in other.headers
    assert await till.count() == 2


async def test_two_routes_may_use_the_same_key(client: httpx2.AsyncClient, till: Till) -> None:
    await sent(client, "k", {"amount_minor": 100})
    closed = await sent(client, "k", None, "/registers/r-1/close")
    assert closed.status_code == 201
    assert await till.count() == 2


async def test_who_left_the_clinic_gets_no_answer_of_it_again(
    client: httpx2.AsyncClient, till: Till, issuer: Issuer
) -> None:
    """The same person, the same request: what they were told once is another clinic's by now."""
    await sent(client, "k", {"amount_minor": 100, "note": "for Łucja"})
    client.headers.update(issuer.headers(clinics=["clinic-hamburg"]))
    refused = await sent(client, "k", {"amount_minor": 100, "note": "for Łucja"})
    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    assert "Łucja" not in refused.text
    client.headers.update(issuer.headers())
    again = await sent(client, "k", {"amount_minor": 100, "note": "for Łucja"})
    assert again.headers["idempotency-replayed"] == "true"
    assert await till.count() == 1


async def test_who_lost_the_role_gets_no_answer_again(client: httpx2.AsyncClient, issuer: Issuer) -> None:
    await sent(client, "k", {"amount_minor": 100})
    client.headers.update(issuer.headers(roles=["auditor"]))
    refused = await sent(client, "k", {"amount_minor": 100})
    assert (refused.status_code, refused.json()["code"]) == (403, "role-missing")


async def test_an_effect_at_a_clinic_that_the_caller_may_not_see_leaves_nothing_behind(
    client: httpx2.AsyncClient, till: Till, issuer: Issuer
) -> None:
    """Also where the route forgot to look."""
    client.headers.update(issuer.headers(clinics=["clinic-hamburg"]))
    refused = await sent(client, "k", {"amount_minor": 100})
    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    assert (await till.rows(), await till.count()) == ([], 0)


async def test_an_answer_that_names_no_clinic_is_for_those_who_see_all(till: Till) -> None:
    """As a version before this one kept them."""
    answer = {"status": 201, "body": "{}", "headers": {}}
    row = {"_id": KEY.id, "fingerprint": KEY.fingerprint, "at": utc_now(), "answer": answer}
    await till.mongo.collection(idempotency.COLLECTION).insert_one(row)
    with pytest.raises(NotFound):
        await till.pay()
    everywhere = replace(KEY, caller=replace(CALLER, clinics=frozenset({"*"})))
    assert (await till.pay(everywhere)).replayed


async def test_without_a_key_nothing_happens(client: httpx2.AsyncClient, till: Till) -> None:
    refused = await sent(client, None, {"amount_minor": 100})
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency-key-missing")
    assert await till.count() == 0


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "\u00e9".encode("latin-1")])
async def test_a_key_is_visible_ascii_of_bounded_length(client: httpx2.AsyncClient, key: Any) -> None:
    refused = await sent(client, key, {"amount_minor": 100})
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency-key-malformed")


async def test_the_longest_key_is_taken(client: httpx2.AsyncClient) -> None:
    assert (await sent(client, "~" * 255, {"amount_minor": 100})).status_code == 201


async def test_an_input_that_does_not_fit_uses_up_no_key(client: httpx2.AsyncClient, till: Till) -> None:
    assert (await sent(client, "k", {"amount_minor": 0})).status_code == 422
    assert (await sent(client, "k", {"amount_minor": 100})).status_code == 201
    assert await till.count() == 1


async def test_the_key_itself_is_not_kept(client: httpx2.AsyncClient, till: Till) -> None:
    await sent(client, "lucja-1984", {"amount_minor": 100})
    assert "lucja" not in str(await till.rows())


async def test_many_at_once_have_one_effect_and_one_answer(client: httpx2.AsyncClient, till: Till) -> None:
    answers = await asyncio.gather(*(sent(client, "k", {"amount_minor": 100}) for _ in range(8)))
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {
        (201, answers[0].headers["location"])
    }
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await till.count() == 1


async def test_a_refused_effect_uses_up_no_key(till: Till) -> None:
    async def refuse(unit: Unit) -> Answer:
        await till.move(unit, "r-1", Movement(amount_minor=1))
        raise Conflict("day-closed", "day d-1 is closed")

    with pytest.raises(Conflict, match="closed"):
        await till.idempotency.once(KEY, refuse)
    assert (await till.rows(), await till.count()) == ([], 0)
    answer = await till.idempotency.once(KEY, lambda unit: till.move(unit, "r-1", Movement(amount_minor=1)))
    assert not answer.replayed


async def test_a_known_request_does_not_begin_its_effect_again(till: Till) -> None:
    begun: list[Unit] = []

    async def work(unit: Unit) -> Answer:
        begun.append(unit)
        return Answer(CLINIC, 201, "{}")

    await till.idempotency.once(KEY, work)
    await till.idempotency.once(KEY, work)
    assert len(begun) == 1


async def test_a_request_that_its_own_twin_overtook_gets_the_twins_answer(till: Till) -> None:
    async def overtaken(unit: Unit) -> Answer:
        await till.idempotency.once(KEY, lambda unit: till.move(unit, "r-1", Movement(amount_minor=1)))
        raise Conflict("illegal-transition", "the day is closed: it cannot close")

    assert (await till.idempotency.once(KEY, overtaken)).replayed
    assert await till.count() == 1


async def test_the_event_of_an_effect_is_said_once(till: Till) -> None:
    async def open_day(unit: Unit) -> Answer:
        unit.say_json(DayOpened, b"{}", subject="day-1", version=1, key="c/r", at=utc_now())
        return Answer(CLINIC, 201, "{}")

    await till.idempotency.once(KEY, open_day)
    await till.idempotency.once(KEY, open_day)
    assert await till.mongo.collection(outbox.COLLECTION).count_documents({}) == 1


async def test_an_effect_outside_is_recorded_with_its_answer(till: Till) -> None:
    first = await till.pay()
    again = await till.pay()
    assert (first.replayed, again.replayed) == (False, True)
    assert (again.status, again.body) == (first.status, first.body)
    assert till.outside == ["pay-1"]
    assert await till.movements.find_one({}) == {"_id": "pay-1", "state": "charged", "recorded": 1}


async def test_after_a_failure_outside_the_same_request_goes_on_with_the_same_intent(till: Till) -> None:
    async def unreachable(subject: str) -> str:
        till.outside.append(subject)
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await till.idempotency.once_around(KEY, CLINIC, intend=till.intend, act=unreachable, record=till.record)
    movement = await till.movements.find_one({})
    assert movement is not None
    assert movement["state"] == "intended"
    assert not (await till.pay()).replayed
    assert till.outside == ["pay-1", "pay-1"]
    assert await till.count() == 1


async def test_an_intent_is_not_continued_by_another_request(till: Till) -> None:
    async def unreachable(subject: str) -> str:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await till.idempotency.once_around(KEY, CLINIC, intend=till.intend, act=unreachable, record=till.record)
    with pytest.raises(Conflict, match="another request"):
        await till.pay(RequestKey(KEY.id, "pay 200", CALLER))
    assert till.outside == []


async def test_an_intent_is_not_continued_by_who_left_the_clinic(till: Till) -> None:
    async def unreachable(subject: str) -> str:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await till.idempotency.once_around(KEY, CLINIC, intend=till.intend, act=unreachable, record=till.record)
    with pytest.raises(NotFound):
        await till.pay(replace(KEY, caller=replace(CALLER, clinics=frozenset({"clinic-hamburg"}))))
    assert till.outside == []


async def test_a_refused_intent_uses_up_no_key_and_calls_nobody(till: Till) -> None:
    async def refuse(unit: Unit) -> str:
        raise Conflict("invoice-paid", "invoice inv-1 is paid")

    with pytest.raises(Conflict, match="paid"):
        await till.idempotency.once_around(KEY, CLINIC, intend=refuse, act=till.act, record=till.record)
    assert (await till.rows(), till.outside) == ([], [])


async def test_two_that_act_at_once_record_one_outcome(till: Till) -> None:
    together = asyncio.Barrier(2)

    async def act(subject: str) -> str:
        await together.wait()
        return await till.act(subject)

    answers = await asyncio.gather(
        *(till.idempotency.once_around(KEY, CLINIC, intend=till.intend, act=act, record=till.record) for _ in range(2))
    )
    assert sorted(answer.replayed for answer in answers) == [False, True]
    assert len({answer.body for answer in answers}) == 1
    assert await till.movements.find_one({}) == {"_id": "pay-1", "state": "charged", "recorded": 1}
