"""The command line `chairside`: what a person does at a terminal that no service does by itself."""

import typer

from cli import consumers, dead_letters, exports, histories, publish, token, topics

app = typer.Typer(
    name="chairside",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # as in `command_group`
)
app.add_typer(topics.app, name="topics")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(consumers.app, name="consumer")
app.add_typer(exports.app, name="export")
app.command(name="token")(token.token)
app.command(name="publish")(publish.publish)
app.command(name="verify-revisions")(histories.verify_revisions)
