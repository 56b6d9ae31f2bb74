"""How a number is looked for in the text of a transfer."""


def key_of(number: str) -> str:
    """Letters and digits only, in capitals, since banks lose the rest."""
    return number.upper() if number.isalnum() else "".join(filter(str.isalnum, number.upper()))
