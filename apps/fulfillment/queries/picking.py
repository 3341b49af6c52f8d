"""What waits to be picked, what is being picked, and what is on a pick list."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import FETCH_RAISE, Exists, F, OuterRef, Prefetch, QuerySet

from apps.accounts.models import Organization, User
from apps.core.plans import planned_for_its_values
from apps.events.models import Event
from apps.fulfillment.models import Fulfillment, FulfillmentLine
from apps.inventory.models import Location, Reservation
from apps.orders.models import Order, OrderLine

PAGE = 50
# Whoever has more than this to do need not know how much more.
COUNTED = 99


class Waiting(NamedTuple):
    """An order of which something is on no pick list yet."""

    order: Order
    lines: list[OrderLine]
    places: list[str]
    # What was not found the last time somebody went for it.
    missed: Event | None

    @property
    def units(self) -> int:
        return sum(line.open for line in self.lines)


class WaitingPage(NamedTuple):
    """One page of them, oldest first; `next` names the one to go on after, empty on the last."""

    rows: list[Waiting]
    next: str


class OpenList(NamedTuple):
    """One round through the shelves: a parcel, or the parcels of a wave."""

    parcels: list[Fulfillment]

    @property
    def first(self) -> Fulfillment:
        return self.parcels[0]

    @property
    def wanted(self) -> int:
        return sum(row.quantity for parcel in self.parcels for row in parcel.lines.all())

    @property
    def picked(self) -> int:
        return sum(row.picked for parcel in self.parcels for row in parcel.lines.all())


class Article(NamedTuple):
    """What lies in one place and is picked for one order or several."""

    rows: list[FulfillmentLine]
    # Whether the last tick was one of these.
    is_touched: bool

    @property
    def first(self) -> FulfillmentLine:
        return self.rows[0]

    @property
    def wanted(self) -> int:
        return sum(row.quantity for row in self.rows)

    @property
    def picked(self) -> int:
        return sum(row.picked for row in self.rows)

    @property
    def left(self) -> int:
        return self.wanted - self.picked


class OpenPage(NamedTuple):
    lists: list[OpenList]
    next: str


def waiting_page(
    organization: Organization, *, location: Location | None = None, after: str = ""
) -> WaitingPage:
    """Return what may be picked now, oldest first. Pages by key and counts nothing."""
    found = waiting(organization, location)
    former = organization.orders.filter(number=after).first() if _is_number(after) else None
    if former is not None:
        found = found.filter(placed_at__gte=former.placed_at).exclude(
            placed_at=former.placed_at, pk__lte=former.pk
        )
    orders = list(found.order_by("placed_at", "id").fetch_mode(FETCH_RAISE)[: PAGE + 1])
    shown = orders[:PAGE]
    return WaitingPage(_with_lines(shown), str(shown[-1].number) if len(orders) > PAGE else "")


def waiting(organization: Organization, location: Location | None = None) -> QuerySet[Order]:
    """Confirmed orders that nothing holds, with units that no pick list has claimed."""
    free = OrderLine.objects.filter(
        order=OuterRef("pk"), quantity__gt=F("cancelled") + F("picking") + F("shipped")
    )
    found = organization.orders.filter(
        Exists(free), status=Order.Status.CONFIRMED, hold_kinds=[]
    ).exclude(fulfillment_status=Order.FulfillmentStatus.FULFILLED)
    if location is None:
        return found
    here = OrderLine.objects.filter(order=OuterRef("pk"), pk__in=_promised_at(location))
    return found.filter(Exists(here))


def open_page(
    organization: Organization, *, location: Location | None = None, after: str = ""
) -> OpenPage:
    """Return the pick lists under way, oldest first; those of a wave are one."""
    found = open_lists(organization, location)
    if _is_number(after):
        found = found.filter(pk__gt=after)
    with planned_for_its_values():
        parcels = list(found[: PAGE + 1])
    shown = parcels[:PAGE]
    return OpenPage(by_wave(shown), str(shown[-1].pk) if len(parcels) > PAGE else "")


def open_lists(
    organization: Organization, location: Location | None = None
) -> QuerySet[Fulfillment]:
    found = Fulfillment.objects.filter(
        organization=organization, status=Fulfillment.Status.OPEN
    ).order_by("pk")
    if location is not None:
        found = found.filter(location=location)
    rows = FulfillmentLine.objects.only("fulfillment", "quantity", "picked")
    return (
        found.select_related("order", "location", "picked_by")
        .prefetch_related(Prefetch("lines", queryset=rows))
        .fetch_mode(FETCH_RAISE)
    )


def lists_of(organization: Organization, user: User, *, at_most: int = 3) -> list[OpenList]:
    """Return what this person has begun to pick, oldest first."""
    # A full page of parcels each, which is what a round has at most.
    found = open_lists(organization).filter(picked_by=user)[: PAGE * at_most]
    with planned_for_its_values():
        return by_wave(found)[:at_most]


def by_wave(parcels: Iterable[Fulfillment]) -> list[OpenList]:
    # Two people who begin a round at once open their parcels in turn.
    found: dict[tuple[str, int], list[Fulfillment]] = defaultdict(list)
    for one in parcels:
        found[("wave", one.wave) if one.wave else ("", one.pk)].append(one)
    return [OpenList(same) for same in found.values()]


def counted(found: QuerySet[Order] | QuerySet[Fulfillment]) -> str:
    """Count them, but not for longer than anybody reads."""
    with planned_for_its_values():
        count = found.order_by()[: COUNTED + 1].count()
    return f"{COUNTED}+" if count > COUNTED else str(count)


def parcels_of_wave(organization: Organization, wave: int) -> QuerySet[Fulfillment]:
    """The parcels of a round through the shelves, by order."""
    return (
        Fulfillment.objects.filter(organization=organization, wave=wave)
        .select_related("order__organization", "location")
        .order_by("order__number", "number")
    )


def picks(parcels: Sequence[Fulfillment]) -> list[FulfillmentLine]:
    """Return what is on pick lists with all that somebody at the shelf looks at, by SKU."""
    rows = (
        FulfillmentLine.objects.filter(fulfillment__in=parcels)
        .select_related(
            "order_line__variant__product__image", "fulfillment__order", "fulfillment__location"
        )
        .order_by("fulfillment__location", "order_line__sku", "fulfillment__order__number", "pk")
        .fetch_mode(FETCH_RAISE)
    )
    return list(rows)


def by_article(rows: Iterable[FulfillmentLine], touched: int = 0) -> list[Article]:
    """Put what is picked at one go together: the same article in the same place."""
    found: dict[tuple[int | None, str], list[FulfillmentLine]] = defaultdict(list)
    for row in rows:
        found[row.fulfillment.location_id, row.order_line.sku].append(row)
    return [Article(same, any(row.pk == touched for row in same)) for same in found.values()]


def _with_lines(orders: Sequence[Order]) -> list[Waiting]:
    free = OrderLine.objects.filter(
        order__in=orders, quantity__gt=F("cancelled") + F("picking") + F("shipped")
    )
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    for line in free.order_by("order_id", "position"):
        lines[line.order_id].append(line)
    places = _places([line for found in lines.values() for line in found])
    missed = Event.objects.filter(
        aggregate_type="order",
        aggregate_id__in=[order.pk for order in orders],
        type="order.picking_short",
    )
    last_missed = {one.aggregate_id: one for one in missed.order_by("sequence")}
    return [
        Waiting(order, lines[order.pk], places[order.pk], last_missed.get(order.pk))
        for order in orders
    ]


def _places(lines: Sequence[OrderLine]) -> dict[int, list[str]]:
    """Say by order where what is promised to its lines lies."""
    order_of = {line.pk: line.order_id for line in lines}
    rows = (
        Reservation.objects.filter(
            state=Reservation.State.ACTIVE, order_line_id__in=order_of, quantity__gt=F("picked")
        )
        .order_by("stock_level__location__priority", "stock_level__location_id")
        .values_list("order_line_id", "stock_level__location__name")
    )
    places: dict[int, list[str]] = defaultdict(list)
    for line_id, place in rows:
        if place not in places[order_of[line_id]]:
            places[order_of[line_id]].append(place)
    return places


def _promised_at(location: Location) -> QuerySet[Reservation, int]:
    found = Reservation.objects.filter(
        state=Reservation.State.ACTIVE, stock_level__location=location, quantity__gt=F("picked")
    )
    return found.values_list("order_line_id", flat=True)


def _is_number(word: str) -> bool:
    return word.isdecimal() and len(word) < 10
