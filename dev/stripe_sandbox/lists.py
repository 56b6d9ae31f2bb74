"""Lists, newest first, with Stripe's cursors and filters."""

from dev.stripe_sandbox.call import Call, Handler
from dev.stripe_sandbox.errors import InvalidRequest, JsonObject
from dev.stripe_sandbox.webhook_endpoints import without_secret

_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_RANGES = ("created", "arrival_date")
_PAID_OUT = "id IN (SELECT txn FROM paid_out WHERE payout = ?)"
_TYPES = "types"  # of events: several at once
_DEFAULT_LIMIT, _MAX_LIMIT = 10, 100


def of(kind: str, *filters: str) -> Handler:
    """The list handler of a kind, filtered by fields of the same name."""

    def handle(call: Call) -> JsonObject:
        call.params.only("limit", "starting_after", "ending_before", "created", *filters)
        conditions, values = _filters(call, filters)
        return _list(call, kind, conditions, values, f"/v1/{kind.replace('.', '/')}s")

    return handle


def of_owner(call: Call, kind: str, field: str, owner: str, url: str) -> JsonObject:
    """What belongs to one object."""
    return _list(call, kind, [f"json_extract(body, '$.{field}') = ?"], [owner], url)


def _list(call: Call, kind: str, conditions: list[str], values: list[object], url: str) -> JsonObject:
    found, has_more = _page(call, kind, conditions, values)
    shown = [without_secret(item) for item in found] if kind == "webhook_endpoint" else found
    return {"object": "list", "data": shown, "has_more": has_more, "url": url}


def limit(call: Call) -> int:
    given = call.params.integer("limit")
    wanted = _DEFAULT_LIMIT if given is None else given
    if not 1 <= wanted <= _MAX_LIMIT:
        message = f"This value must be between 1 and {_MAX_LIMIT}."
        raise InvalidRequest(message, code="parameter_invalid_integer", param="limit")
    return wanted


def _page(call: Call, kind: str, conditions: list[str], values: list[object]) -> tuple[list[JsonObject], bool]:
    count = limit(call)
    after, before = _cursor(call, "starting_after"), _cursor(call, "ending_before")
    if after is not None:
        conditions, values = [*conditions, "seq < ?"], [*values, after]
    if before is not None:
        conditions, values = [*conditions, "seq > ?"], [*values, before]
    order = "DESC" if before is None else "ASC"
    found = call.store.select(kind, conditions, values, limit=count + 1, order=order)
    page = [item for _, item in found[:count]]
    return (page if before is None else page[::-1]), len(found) > count


def _cursor(call: Call, name: str) -> int | None:
    object_id = call.params.text(name)
    if object_id is None:
        return None
    position = call.store.position(object_id)
    if position is None:
        raise InvalidRequest(f"No such object: '{object_id}'", code="resource_missing", param=name)
    return position


def _filters(call: Call, fields: tuple[str, ...]) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    for field in fields:
        if field in _RANGES:
            continue
        wanted = call.params.texts(field) if field == _TYPES else [call.params.text(field)]
        if field in call.params and wanted:
            conditions.append(_PAID_OUT if field == "payout" else _among(field, len(wanted)))
            values.extend(wanted)
    for field in _RANGES:
        for comparison, bound in _range(call, field):
            conditions.append(f"json_extract(body, '$.{field}') {comparison} ?")
            values.append(bound)
    return conditions, values


def _among(field: str, count: int) -> str:
    name = "type" if field == _TYPES else field
    return f"json_extract(body, '$.{name}') IN ({','.join('?' * count)})"


def _range(call: Call, field: str) -> list[tuple[str, int]]:
    if field not in call.params:
        return []
    try:
        exact = call.params.integer(field)
    except InvalidRequest:
        bounds = call.params.nested(field)
        bounds.only(*_COMPARISONS)
        given = ((sign, bounds.integer(name)) for name, sign in _COMPARISONS.items())
        return [(sign, bound) for sign, bound in given if bound is not None]
    return [] if exact is None else [("=", exact)]
