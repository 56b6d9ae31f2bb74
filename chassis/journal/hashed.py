"""Documents that end with a hash, as the bytes in which they are stored.

MongoDB keeps a document byte for byte as it was written, so its bytes are what a hash is taken of: they are verified
without being decoded. The hash of a revision covers all of its row before it, and so does the digest of a document that
ends with the hash of its revision. This is the only place that knows how such bytes lie.
"""

from hashlib import sha256
from struct import Struct

import bson
from bson.raw_bson import RawBSONDocument

from chassis.database.mongo import CODEC, Document
from kernel.value import value

_LENGTH, _MILLIS = Struct("<i"), Struct("<q")
_FIRST_VALUE = 13
"""Where the text of `_id` begins: behind the length of the document, `_id` as a name, and the length of that text."""
_TEXT_OF_64 = b"\x41\0\0\0"
_LAST = 76
"""How long a last field is that has a name of 4 letters and a hash, with the zero that ends the document."""
_HASH, _HEAD = (b"\x02%b\0%b%%b\0\0" % (name, _TEXT_OF_64) for name in (b"hash", b"head"))
_FOLLOWS = b"\x02previous\0" + _TEXT_OF_64
_FOLLOWS_NOTHING = b"\x02previous\0\x01\0\0\0\0"
_FIRST, _AFTER = b"%b%b" % (_FOLLOWS_NOTHING, _HASH), b"%b%%b\0%b" % (_FOLLOWS, _HASH)
_BESIDE = b"\x02document\0" + _TEXT_OF_64
_BESIDE_FIRST = b"%b%%b\0%b" % (_BESIDE, _FOLLOWS_NOTHING)
_LONG, _SHORT = len(_FOLLOWS) + 65, len(_FOLLOWS_NOTHING)


@value
class Hashed:
    """A document as it is written, and the hash that it ends with."""

    document: RawBSONDocument
    hash: str


def content_of(fields: Document) -> bytes:
    """What a hash of the fields is taken of: BSON, without the length before and the zero behind it."""
    return bson.encode(fields, codec_options=CODEC)[4:-1]


def hash_of(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return sha256(content).hexdigest()


def row_of(content: bytes) -> Hashed:
    """A revision, with its own hash."""
    return _ending(content, _HASH, hash_of(content))


def document_of(content: bytes, head: str) -> Hashed:
    """A document, with the hash of its revision."""
    return _ending(content, _HEAD, head)


def _ending(content: bytes, ending: bytes, hash_: str) -> Hashed:
    whole = content + ending % hash_.encode()
    return Hashed(RawBSONDocument(_LENGTH.pack(len(whole) + _LENGTH.size) + whole), hash_)


def decoded(raw: bytes) -> Document:
    """Its fields."""
    return bson.decode(raw, codec_options=CODEC)


def digest_of(raw: bytes) -> str:
    """Of all but the hash at its end."""
    return hash_of(raw[4:-_LAST])


def is_whole(row: bytes) -> bool:
    """Whether a revision has the hash that it should have."""
    return row.endswith(_HASH % digest_of(row).encode())


def is_whole_after(row: bytes, previous: str) -> bool:
    """Whether it has, and says that it follows the one with that hash, or none where that is empty."""
    digest = digest_of(row).encode()
    return row.endswith(_AFTER % (previous.encode(), digest) if previous else _FIRST % digest)


def is_written_with(document: bytes, hash_: str, digest: str) -> bool:
    """Whether a document is, to the last byte, what was written with the revision that has this hash, and its digest.

    That revision is taken to be whole.
    """
    return document.endswith(_HEAD % hash_.encode()) and digest_of(document) == digest


def is_written_once_with(document: bytes, row: bytes) -> bool:
    """Likewise, of a revision that says that it follows none."""
    ending = _BESIDE_FIRST % digest_of(document).encode()
    return document.endswith(_HEAD % row[-66:-2]) and row.endswith(ending, 0, -_LAST)


def hash_in(raw: bytes) -> str:
    """The hash that it ends with; whatever stands there, if that is none."""
    return raw[-66:-2].decode("latin-1")


def id_in(raw: bytes) -> str:
    """Its `_id`, a text."""
    return raw[_FIRST_VALUE : raw.index(0, _FIRST_VALUE)].decode("utf-8", "replace")


def millis_in(raw: bytes) -> int:
    """Milliseconds since 1970, in a row: its second field is when it was written."""
    found: int = _MILLIS.unpack_from(raw, raw.index(0, _FIRST_VALUE) + 5)[0]
    return found


def document_in(row: bytes, previous: str) -> str:
    """The digest of the document that was written with a row which follows that one; empty where it came later."""
    end = -_LAST - (_LONG if previous else _SHORT)
    return row[end - 65 : end - 1].decode("latin-1") if row.startswith(_BESIDE, end - 65 - len(_BESIDE)) else ""
