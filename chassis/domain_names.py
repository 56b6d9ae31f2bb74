"""Names of the internet's domains as the DNS has them."""

import idna


def ascii_domain(name: str) -> str:
    """`bücher.example` as `xn--bcher-kva.example` (IDNA 2008, RFC 5891, mapped by UTS 46); one in ASCII as it is.

    Python's own codec is of 2003: it makes `strasse.example`, which is somebody else's, of `straße.example`.
    Raises ValueError for a name that there cannot be.
    """
    return name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")
