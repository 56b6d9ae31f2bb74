"""What the command line prints came from elsewhere: the terminal acts on none of it."""

import io
import json

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from typer.testing import CliRunner

from cli.terminal import MongoUri, Terminal, visible

ESCAPE = "\x1b]0;title\x07\x1b[31m[red]red[/red] :skull: \u202e\u0085\r\nnext"


def shown(*, terminal: bool = True) -> Terminal:
    screen = Terminal()
    screen.console.file = io.StringIO()
    screen.console.width = 400
    screen.console._force_terminal = terminal
    return screen


def of(screen: Terminal) -> str:
    assert isinstance(screen.console.file, io.StringIO)
    return screen.console.file.getvalue()


def controls(text: str) -> set[str]:
    return {one for one in text if not one.isprintable()} - {"\n"}


def test_a_line_is_one_line_without_markup_or_control() -> None:
    screen = shown()
    screen.say(ESCAPE)
    assert of(screen) == r"\x1b]0;title\x07\x1b[31m[red]red[/red] :skull: \u202e\x85\r\nnext" + "\n"


def test_a_table_is_as_safe() -> None:
    screen = shown(terminal=False)
    screen.table(["[bold]what"], [[ESCAPE], ["[link=x]y[/link]"]])
    assert controls(of(screen)) == set()
    assert "[red]red[/red] :skull:" in of(screen)
    assert "[link=x]y[/link]" in of(screen)


def narrow() -> Terminal:
    screen = shown(terminal=False)
    screen.console.width = 80
    return screen


@given(
    st.lists(st.text("ab \u4f8b", min_size=1, max_size=14), min_size=1, max_size=8),
    st.lists(st.lists(st.text("xy:-\u4f8b", min_size=1, max_size=40), min_size=8, max_size=8), max_size=3),
)
def test_no_line_of_a_table_is_wider_than_the_screen_and_no_cell_that_fits_is_broken(
    columns: list[str], rows: list[list[str]]
) -> None:
    cells = [row[: len(columns)] for row in rows]
    screen = narrow()
    screen.table(columns, cells)
    assert all(cell_len(line) <= 80 for line in of(screen).splitlines())
    assert all(cell in of(screen) for row in cells for cell in row if cell_len(cell) <= 30)


def test_rows_that_do_not_fit_are_told_one_below_the_other() -> None:
    columns = ("consumer", "place", "time", "state", "code", "message", "topic", "subject")
    row = ("cash-register", "3:42", "2026-11-30T02:00:00+00:00", "waiting", "price-missing", "y" * 100, "t", "s")
    screen = narrow()
    screen.table(columns, [row, row])
    lines = of(screen).splitlines()
    assert lines[:2] == ["consumer: cash-register", "place: 3:42"]
    assert lines.count("") == 2
    assert sum(line.count("y") for line in lines if "message" in line or set(line) == {"y"}) == 200


def test_headings_take_several_lines_before_a_row_does() -> None:
    columns = ("service", "clinic", "revisions", "documents", "seals", "sealed until", "not sealed yet", "broken")
    screen = narrow()
    screen.table(columns, [("payments", "clinic-x", "1", "1", "1", "2026-11-29", "0", "0")])
    *heading, row = of(screen).splitlines()
    assert len(heading) > 1
    assert {word for line in heading for word in line.split()} == {word for one in columns for word in one.split()}
    assert row.split() == ["payments", "clinic-x", "1", "1", "1", "2026-11-29", "0", "0"]


def test_bytes_are_made_visible_for_a_person_and_left_alone_for_a_pipe(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    content = b"\x1b[2J\xff{}\n\x00"
    screen = shown()
    screen.tell_bytes(content)
    assert of(screen) == "\\x1b[2J\\xff{}\n\\x00\n"
    shown(terminal=False).tell_bytes(content)
    assert capfdbinary.readouterr().out == content + b"\n"


@given(st.text())
def test_no_text_holds_a_control_when_it_is_shown(text: str) -> None:
    assert controls(visible(text)) == set()
    assert "\n" not in visible(text)
    if text.isprintable():
        assert visible(text) == text


@given(st.text())
def test_json_is_the_same_json_without_controls(text: str) -> None:
    output = CliRunner().invoke(_printing(text)).stdout
    assert controls(output) == set()
    assert json.loads(output) == {"text": text}


def _printing(text: str) -> typer.Typer:
    app = typer.Typer()

    @app.command()
    def tell() -> None:
        Terminal().tell_json({"text": text})

    return app


@pytest.mark.parametrize(
    ("words", "variable", "code"),
    [
        (["--mongo", "mongodb://invoicing:hunter2@store/"], "", 2),
        (["--mongo", "mongodb://store:27017/"], "", 0),
        (["--mongo", "mongodb://store/?authMechanism=MONGODB-X509&tlsCertificateKeyFile=own.pem"], "", 0),
        (["--mongo", "mongodb://store/?authMechanism=MONGODB-X509"], "", 2),
        ([], "mongodb://invoicing:hunter2@store/", 0),
    ],
)
def test_a_password_is_given_by_the_environment_only(words: list[str], variable: str, code: int) -> None:
    app = typer.Typer()

    @app.command()
    def connect(uri: MongoUri) -> None:
        typer.echo("connected")

    run = CliRunner(env={"CHAIRSIDE_MONGO_URI": variable or None}).invoke(app, words)
    assert run.exit_code == code
    assert "hunter2" not in run.output
