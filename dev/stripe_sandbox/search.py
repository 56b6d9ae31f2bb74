"""Stripe's search query language: clauses joined by AND or by OR, such as metadata['payment_id']:'x' AND amount>100."""

import re

from dev.stripe_sandbox import lists
from dev.stripe_sandbox.call import Call
from dev.stripe_sandbox.errors import InvalidRequest, JsonObject

_CLAUSE = re.compile(
    r"""(?P<minus>-?)(?:metadata\[(?P<quote>["'])(?P<key>[^"'\\]+)(?P=quote)\]|(?P<field>[a-z_]+))\s*"""
    r"""(?P<sign>[:~]|[<>]=?)\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<number>[0-9]{1,18}(?![0-9])))"""
)
_JOIN = re.compile(r"\s+(AND|OR)\s+", re.IGNORECASE)
_FIELDS = ("amount", "created", "currency", "customer", "status")
_SIGNS = {":": "=", "~": "LIKE"}


def payment_intents(call: Call) -> JsonObject:
    call.params.only("query", "limit", "page")
    condition, values = _condition(call.params.required("query"))
    conditions, count = [f"({condition})"], lists.limit(call)
    page = call.params.integer("page")
    if page is not None:
        conditions.append("seq < ?")
        values.append(page)
    found = call.store.select("payment_intent", conditions, values, limit=count + 1)
    has_more = len(found) > count
    return {
        "object": "search_result",
        "data": [item for _, item in found[:count]],
        "has_more": has_more,
        "next_page": str(found[count - 1][0]) if has_more else None,
        "url": "/v1/payment_intents/search",
    }


def _condition(query: str) -> tuple[str, list[object]]:
    sql: list[str] = []
    values: list[object] = []
    joins: set[str] = set()
    position = 0
    while True:
        clause = _CLAUSE.match(query, position)
        if clause is None or clause["field"] not in (None, *_FIELDS):
            raise InvalidRequest("We were unable to parse your search query.", param="query")
        sql.append(_clause(clause, values))
        if clause.end() == len(query.rstrip()):
            return " ".join(sql), values
        join = _JOIN.match(query, clause.end())
        if join is None or len(joins | {join[1].upper()}) > 1:
            raise InvalidRequest("We were unable to parse your search query.", param="query")
        joins.add(join[1].upper())
        sql.append(join[1].upper())
        position = join.end()


def _clause(clause: re.Match[str], values: list[object]) -> str:
    path = f'$.metadata."{clause["key"]}"' if clause["key"] else f"$.{clause['field']}"
    quoted = clause["double"] if clause["double"] is not None else clause["single"]
    wanted: object = int(clause["number"]) if quoted is None else quoted
    sign = _SIGNS.get(clause["sign"], clause["sign"])
    values.extend((path, f"%{wanted}%" if sign == "LIKE" else wanted))
    return f"{'NOT ' if clause['minus'] else ''}coalesce(json_extract(body, ?), '') {sign} ?"
