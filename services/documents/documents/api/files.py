"""Files as answers."""

from typing import Annotated

from fastapi import Header, Response

IfNoneMatch = Annotated[
    str | None, Header(description="`ETag`s of what the caller has", examples=['"9f86d081884c7d65"'])
]


def file_answer(content: bytes, tag: str, name: str, media_type: str, if_none_match: str | None) -> Response:
    """With a strong entity tag (RFC 9110, 8.8.3); who has the bytes need not get them again."""
    etag = f'"{tag}"'
    headers = {"ETag": etag}
    known = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'inline; filename="{name}"'
    return Response(content, headers=headers, media_type=media_type)
