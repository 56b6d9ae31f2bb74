"""What the issuer of one machine answers over HTTP: documents, the page to sign in at, tokens, and signing out."""

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dev.parts import sign_in_page
from dev.parts.sign_in import NotAnswered, Params, Refused, SignIn

MOST_BYTES = 64 * 1024
JSON = {"Content-Type": "application/json"}


class IssuerPages(BaseHTTPRequestHandler):
    """`session_of` is of the ID token that names the session to end."""

    def __init__(
        self,
        *arguments: Any,
        documents: Mapping[str, bytes],
        sign_in: SignIn,
        session_of: Callable[[str], str | None],
    ) -> None:
        self._documents = documents
        self._sign_in = sign_in
        self._session_of = session_of
        super().__init__(*arguments)

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        params = parse_qs(asked.query, keep_blank_values=True)
        if document := self._documents.get(self.path):
            self._answer(200, document, JSON)
        elif asked.path == "/authorize":
            self._authorize(params, chosen=False)
        elif asked.path == "/end-session":
            self._end_session(params)
        else:
            self._answer(404, b"", JSON)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self._answer(413, b"", JSON)
            return
        form = parse_qs(self.rfile.read(int(length)).decode("utf-8", "replace"), keep_blank_values=True)
        match urlsplit(self.path).path:
            case "/authorize":
                self._authorize(form, chosen=True)
            case "/token":
                self._token(form)
            case "/end-session":
                self._end_session(form)
            case _:
                self._answer(404, b"", JSON)

    def _authorize(self, params: Params, *, chosen: bool) -> None:
        """The page to choose at; the way back with a code once somebody chose, or with what was wrong."""
        try:
            try:
                asked = self._sign_in.asked(params)
                if not chosen:
                    self._page(200, sign_in_page.choice(params))
                    return
                place = self._sign_in.answer(asked, next(iter(params.get("person", ())), ""))
            except Refused as refused:
                place = self._sign_in.refusal(params, refused)
            self._go_to(place)
        except NotAnswered as why:
            self._page(400, sign_in_page.message("Nobody can sign in here", str(why)))

    def _token(self, form: Params) -> None:
        try:
            status, answer = 200, self._sign_in.exchange(form)
        except Refused as refused:
            status, answer = 400, {"error": refused.error, "error_description": refused.description}
        self._answer(status, json.dumps(answer).encode(), JSON)

    def _end_session(self, params: Params) -> None:
        hint = next(iter(params.get("id_token_hint", ())), "")
        place = self._sign_in.sign_out(self._session_of(hint), params)
        if place is None:
            self._page(200, sign_in_page.message("Signed out", "Nobody is signed in here any more."))
        else:
            self._go_to(place)

    def _page(self, status: int, html: str) -> None:
        self._answer(status, html.encode(), sign_in_page.HEADERS)

    def _go_to(self, place: str) -> None:
        """303: whatever was posted here is asked for there with GET."""
        self._answer(303, b"", {"Location": place})

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Cache-Control": "no-store", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """One line for each request would only fill the log."""
