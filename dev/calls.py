"""Calling the services as a person of the clinic does: by HTTP, with a token, and patiently."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeVar
from uuid import uuid4

import httpx2

from dev.system import System
from kernel.money import Money, written

Json = dict[str, Any]
T = TypeVar("T")
PATIENCE_S = 180
POLL_S = 0.1
CALL_S = 60
PAGE = 100


class Refused(Exception):
    """A service said no: what was asked, the status, and the stable code of the refusal."""

    def __init__(self, answer: httpx2.Response) -> None:
        problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        self.status = answer.status_code
        self.code = str(problem.get("code", ""))
        asked = f"{answer.request.method} {answer.request.url}"
        super().__init__(f"{asked}: {self.status} {self.code} {problem.get('detail', '')}".strip())


class NeverHappened(Exception):
    """What was waited for did not come."""


class Caller:
    """One role at all services. Raises Refused for every answer that is no success, and NeverHappened.

    A service that is away, or says that something it needs is (503), is asked again: every request may be repeated.
    """

    def __init__(self, system: System, role: str) -> None:
        self._urls = system.urls
        self._http = httpx2.Client(
            headers={"Authorization": f"Bearer {system.tokens[role]}"}, timeout=CALL_S, trust_env=False, verify=False
        )

    def get(self, service: str, path: str, **params: Any) -> Json:
        return self._json("GET", service, path, params=params)

    def get_bytes(self, service: str, path: str, *, until_not: Collection[str] = ()) -> bytes:
        return patiently(lambda: self._answer("GET", service, path).content, until_not)

    def pages(self, service: str, path: str, **params: Any) -> Iterator[Json]:
        """The items of a list, page by page."""
        cursor: Json = {}
        while True:
            page = self.get(service, path, limit=PAGE, **params, **cursor)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    def put(self, service: str, path: str, body: Json) -> Json:
        return self._json("PUT", service, path, json=body)

    def post(
        self,
        service: str,
        path: str,
        body: Json | None = None,
        *,
        version: int | None = None,
        until_not: Collection[str] = (),
        **params: str,
    ) -> Json:
        """With `version` in If-Match. The same request is sent again while it is refused with a code in `until_not`:
        what the service needs is still on its way there over a topic.
        """
        headers = {"Idempotency-Key": uuid4().hex}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return patiently(
            lambda: self._json("POST", service, path, json=body, headers=headers, params=params), until_not
        )

    def _json(self, method: str, service: str, path: str, **asked: Any) -> Json:
        answer: Json = self._answer(method, service, path, **asked).json()
        return answer

    def _answer(self, method: str, service: str, path: str, **asked: Any) -> httpx2.Response:
        deadline = Deadline(f"an answer to {method} {self._urls[service]}{path}")
        while True:
            answer = deadline.answer(lambda: self._http.request(method, self._urls[service] + path, **asked))
            if answer.is_success:
                return answer
            refused = Refused(answer)
            if answer.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
                raise refused
            deadline.wait(refused)


class Deadline:
    """Lets a poll rest until PATIENCE_S are over."""

    def __init__(self, awaited: str) -> None:
        self._awaited = awaited
        self._ends = time.monotonic() + PATIENCE_S

    def answer(self, ask: Callable[[], httpx2.Response]) -> httpx2.Response:
        """What comes back, asked again while nobody is there. Raises NeverHappened."""
        while True:
            try:
                return ask()
            except httpx2.TransportError as away:
                self.wait(type(away).__name__)

    def wait(self, seen: object = "") -> None:
        """Raises NeverHappened when time is up, naming what was seen last."""
        if time.monotonic() > self._ends:
            raise NeverHappened(f"{self._awaited}: not within {PATIENCE_S} s {seen}".rstrip())
        time.sleep(POLL_S)


def patiently(ask: Callable[[], T], until_not: Collection[str]) -> T:
    """Asks again while the answer is a refusal with one of these codes."""
    deadline = Deadline(f"an answer other than {', '.join(until_not)}")
    while True:
        try:
            return ask()
        except Refused as refused:
            if refused.code not in until_not:
                raise
            deadline.wait(refused)


def money(amount_minor: int, currency: str) -> Json:
    return {"amount_minor": amount_minor, "currency": currency}


def minor(amount: Mapping[str, Any]) -> int:
    found: int = amount["amount_minor"]
    return found


def shown(amount: Mapping[str, Any]) -> str:
    """An amount for people: "184.50 EUR"."""
    return written(Money(**amount))
