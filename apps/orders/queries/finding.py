"""
How orders are found: by what a list asks for, by page, and fast however long the history is.

Counts nothing whole and skips nothing: both would read all orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import FETCH_RAISE, Exists, OuterRef, Q, QuerySet
from django.utils.dateparse import parse_datetime

from apps.accounts.models import Organization
from apps.core.plans import planned_for_its_values
from apps.orders.models import Order, OrderLine
from apps.orders.queries.queues import in_queue

PAGE = 50
NEWEST = "-placed"
MOMENTS = ("placed_since", "placed_before")
# What a list may be sorted by; each has an index that reads both ways.
SORTS = {"placed": "placed_at", "total": "total", "number": "number"}


class Filters(NamedTuple):
    """
    Which placed orders are looked for; what is empty filters nothing.

    Amounts are in minor units. `assignee` 0 is nobody. `placed_before` is the first moment that is
    too late.
    """

    search: str = ""
    status: Sequence[str] = ()
    payment_status: Sequence[str] = ()
    fulfillment_status: Sequence[str] = ()
    return_status: Sequence[str] = ()
    channel: Sequence[str] = ()
    placed_since: datetime | None = None
    placed_before: datetime | None = None
    total_from: int | None = None
    total_to: int | None = None
    customer: int | None = None
    assignee: int | None = None
    tag: str = ""
    queue: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads: today's "last week" stays that week."""
        moments = {name: getattr(self, name) for name in MOMENTS}
        texts = {name: moment.isoformat() if moment else None for name, moment in moments.items()}
        return self._asdict() | texts

    @classmethod
    def from_json(cls, known: Mapping[str, Any]) -> Filters:
        moments = {name: parse_datetime(known[name]) if known[name] else None for name in MOMENTS}
        return cls(**{**known, **moments})


EVERYTHING = Filters()
LOOKUPS = {
    "status": "status__in",
    "payment_status": "payment_status__in",
    "fulfillment_status": "fulfillment_status__in",
    "return_status": "return_status__in",
    "channel": "channel__in",
    "placed_since": "placed_at__gte",
    "placed_before": "placed_at__lt",
    "total_from": "total__gte",
    "total_to": "total__lte",
    "customer": "customer",
}


class Page(NamedTuple):
    """
    One page of orders.

    `next` and `previous` are the cursors of the pages around it, empty where there is none.
    """

    orders: list[Order]
    next: str
    previous: str


def order_page(
    organization: Organization,
    *,
    search: str = "",
    tag: str = "",
    after: str = "",
    **statuses: str,
) -> Page:
    """
    Return placed orders, newest first, with everything a list shows.

    `statuses` are status, payment_status, fulfillment_status and return_status; empty: any.
    """
    chosen: Any = {name: [status] for name, status in statuses.items() if status}
    return page_of_orders(organization, Filters(search=search, tag=tag, **chosen), after=after)


def page_of_orders(
    organization: Organization,
    filters: Filters,
    *conditions: Q,
    sort: str = NEWEST,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Page:
    """
    Return the page after (or before) a cursor, in the order of `sort`: a key of SORTS, or minus it.

    A mangled cursor shows the first page.
    """
    backwards = bool(before)
    direction = _turned(sort) if backwards else sort
    cursor = beyond(direction, before or after)
    behind = (cursor or Q(), *conditions)
    rows = matching(organization, filters, *behind, sort=direction, at_most=size + 1)
    with planned_for_its_values():
        found = list(rows.select_related("assignee").fetch_mode(FETCH_RAISE))
    shown, more = found[:size], len(found) > size
    if backwards:
        shown.reverse()
    is_inside = bool(shown) and cursor is not None
    return Page(
        shown,
        next=_cursor(sort, shown[-1]) if (is_inside if backwards else more) else "",
        previous=_cursor(sort, shown[0]) if (more if backwards else is_inside) else "",
    )


def matching(
    organization: Organization,
    filters: Filters,
    *conditions: Q,
    sort: str = NEWEST,
    at_most: int | None = None,
) -> QuerySet[Order]:
    """
    Return the placed orders that are asked for, in the order of `sort`.

    Read a part of them with `at_most` rather than a slice: a search looks in two tables, and needs
    no more than that of either.
    """
    found = matching_ids(organization, filters, *conditions, sort=sort, at_most=at_most)
    if not filters.search:
        return found
    return organization.orders.filter(pk__in=found).order_by(*_sorted(sort))[:at_most]


def matching_ids(
    organization: Organization,
    filters: Filters,
    *conditions: Q,
    sort: str = NEWEST,
    at_most: int | None = None,
) -> QuerySet[Any]:
    """Return what counts them: of a search the ids alone, in no order and up to twice as many."""
    orders = organization.orders.exclude(status=Order.Status.DRAFT)
    orders = orders.filter(*_conditions(organization, filters), *conditions)
    orders = orders.order_by(*_sorted(sort))
    if not filters.search:
        return orders[:at_most]
    ways = (_by_its_row(filters.search), _by_its_lines(filters.search))
    by_row, by_lines = (orders.filter(way).values("pk")[:at_most] for way in ways)
    return by_row.union(by_lines)


def _conditions(organization: Organization, filters: Filters) -> Iterator[Q]:
    for name, lookup in LOOKUPS.items():
        value = getattr(filters, name)
        if value or value == 0:
            yield Q(**{lookup: value})
    if filters.tag:
        # That it has any: orders with tags are few and have an index of their own.
        yield Q(tags__contains=[filters.tag]) & ~Q(tags=[])
    if filters.assignee is not None:
        yield Q(assignee=filters.assignee or None)
    if filters.queue:
        yield in_queue(filters.queue, organization)


def _by_its_row(search: str) -> Q:
    # Each of these has an index; one without would make PostgreSQL read all orders.
    matches = Q(email__iexact=search) if "@" in search else Q(customer_name__icontains=search)
    matches |= ~Q(note="") & Q(note__icontains=search)
    matches |= Q(channel__in=Order.Channel.values, external_ref=search)
    number = search.removeprefix("#")
    if number.isdecimal() and len(number) < 10:
        matches |= Q(number=int(number))
    return matches


def _by_its_lines(search: str) -> Exists:
    lines = OrderLine.objects.filter(
        organization=OuterRef("organization"), order=OuterRef("pk"), sku__istartswith=search
    )
    return Exists(lines)


def _sorted(sort: str) -> tuple[str, str]:
    minus = "-" if sort.startswith("-") else ""
    return minus + SORTS[sort.removeprefix("-")], f"{minus}id"


def _turned(sort: str) -> str:
    return sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"


def _cursor(sort: str, order: Order) -> str:
    value = getattr(order, SORTS[sort.removeprefix("-")])
    if isinstance(value, datetime):
        value = f"{value:%Y-%m-%dT%H:%M:%S.%f}Z"
    return f"{value}_{order.pk}"


def beyond(sort: str, cursor: str) -> Q | None:
    """Say which orders come after a cursor of `page_of_orders`, if it is one."""
    text, _, pk = cursor.rpartition("_")
    field = SORTS[sort.removeprefix("-")]
    value = _moment(text) if field == "placed_at" else _number(text)
    if value is None or _number(pk) is None:
        return None
    than = "lte" if sort.startswith("-") else "gte"
    same = "gte" if sort.startswith("-") else "lte"
    # Not "earlier or (as early and ...)": where an index is to begin, nothing says OR.
    return Q(**{f"{field}__{than}": value}) & ~Q(**{field: value, f"pk__{same}": _number(pk)})


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
