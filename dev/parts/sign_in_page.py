"""The pages of the issuer of one machine: plain HTML, without scripts or styles."""

from html import escape

from dev.parts.sign_in import PEOPLE, Params

HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
}


def choice(params: Params) -> str:
    """Three people, and the request as it came along with each."""
    hidden = "".join(_hidden(name, value) for name, values in params.items() for value in values)
    buttons = "".join(
        f'<p><button name="person" value="{escape(one.sub)}">{escape(one.name)}, {_words(one.role)}</button></p>'
        for one in PEOPLE
    )
    form = f'<form method="post" action="/authorize">{hidden}{buttons}</form>'
    return _page("Sign in", f"<p>For development only: there are no passwords. Who are you?</p>{form}")


def message(title: str, text: str) -> str:
    """What went wrong, or what is over."""
    return _page(title, f"<p>{escape(text)}</p>")


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def _words(role: str) -> str:
    return escape(role.replace("_", " "))


def _page(title: str, body: str) -> str:
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head = f"{meta}<title>{escape(title)} · Chairside development issuer</title>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{escape(title)}</h1>{body}</body></html>\n'
