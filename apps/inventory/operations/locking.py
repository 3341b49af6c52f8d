"""How a verb gets hold of stock. Rows are locked in the order of their ids, or baskets deadlock."""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from apps.inventory.models import Reservation, StockLevel


def lock_levels(level_ids: Iterable[int]) -> list[StockLevel]:
    """Return these levels as they are now, in the order of their ids."""
    levels = StockLevel.objects.filter(pk__in=set(level_ids)).order_by("pk")
    return list(levels.select_for_update(no_key=True))


def lock_stock(variant_ids: Iterable[int]) -> None:
    """Lock all stock of these variants: for a verb that will release and take of them."""
    levels = StockLevel.objects.filter(variant__in=set(variant_ids)).order_by("pk")
    list(levels.select_for_update(no_key=True).values_list("pk"))


def lock_levels_of(promises: QuerySet[Reservation]) -> list[int]:
    """
    Lock what these promises are about, before the promises are read: who writes one holds its row.

    Returns the ids of the levels.
    """
    levels = StockLevel.objects.filter(pk__in=promises.values("stock_level_id")).order_by("pk")
    return list(levels.select_for_update(no_key=True).values_list("pk", flat=True))


def active(line_ids: Sequence[int]) -> QuerySet[Reservation]:
    """Return what is promised to these order lines now."""
    return Reservation.objects.filter(order_line_id__in=line_ids, state=Reservation.State.ACTIVE)
