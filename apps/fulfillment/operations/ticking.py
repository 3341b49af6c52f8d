"""A pick list under way: units ticked off as they go into the basket, and such not found."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import InvalidInput, Refusal
from apps.fulfillment.models import Fulfillment, FulfillmentLine
from apps.fulfillment.operations.locking import lock_open
from apps.inventory import operations as inventory
from apps.orders import operations as orders
from apps.orders.operations import MoveNotAllowed

# As many as a device can have under way; older ones are not sent again.
TICKS_KEPT = 20


class WrongArticle(InvalidInput):
    pass


class AllPicked(Refusal):
    pass


class Tick(NamedTuple):
    """One more unit in the basket, or the same one told again."""

    row: FulfillmentLine
    is_new: bool


@transaction.atomic
def tick(
    *,
    parcels: Sequence[Fulfillment],
    key: str,
    code: str = "",
    row_id: int | None = None,
    units: int = 1,
) -> Tick:
    """
    Count units into the basket, or with a negative number out of it: of a row, or of the first row
    that still wants what bears this SKU or barcode.

    The same `key` again counts nothing. Raises MoveNotAllowed when none of the parcels is being
    picked any more, WrongArticle for what is on none of them, AllPicked for more than is wanted.
    """
    rows = _held_rows(parcels)
    former = next((row for row in rows if key in row.ticks), None)
    if former:
        return Tick(former, is_new=False)
    row = _wanting(rows, code) if row_id is None else _row_of(rows, row_id)
    if not 0 <= row.picked + units <= row.quantity:
        said = _("%(picked)s of %(quantity)s of %(name)s are picked already.")
        name = row.order_line.name
        raise AllPicked(said % {"picked": row.picked, "quantity": row.quantity, "name": name})
    row.picked += units
    row.ticks = [*row.ticks, key][-TICKS_KEPT:]
    row.save(update_fields=["picked", "ticks"])
    return Tick(row, is_new=True)


@transaction.atomic
def report_missing(
    *, fulfillment: Fulfillment, row_id: int, reason: str, reported_by: User | None
) -> Fulfillment:
    """
    Take what cannot be found off a pick list. It stays reserved, and can go on another one.

    A list on which nothing is left is given up. Raises MoveNotAllowed once it is shipped or given
    up, WrongArticle for a row that is not on it, AllPicked when nothing of the row is missing.
    """
    parcel = lock_open(fulfillment)
    rows = list(parcel.lines.select_related("order_line").order_by("pk"))
    row = _row_of(rows, row_id)
    missing = row.left
    if not missing:
        raise AllPicked(_("All of %(name)s is picked.") % {"name": row.order_line.name})
    if row.stock_level_id is not None:
        pick = inventory.Pick(row.order_line_id, row.stock_level_id, missing, row.pk)
        inventory.put_back([pick])
    _shorten(parcel, rows, row)
    orders.record_picking(
        order=parcel.order,
        units={row.order_line_id: -missing},
        event="order.picking_short",
        actor=reported_by,
        fulfillment=parcel.number,
        sku=row.order_line.sku,
        name=row.order_line.name,
        missing=missing,
        reason=reason,
    )
    return parcel


def _shorten(parcel: Fulfillment, rows: Sequence[FulfillmentLine], row: FulfillmentLine) -> None:
    if row.picked:
        row.quantity = row.picked
        row.save(update_fields=["quantity"])
    elif len(rows) > 1:
        row.delete()
    else:
        # It keeps its row, which says what it was about.
        parcel.status = Fulfillment.MOVES[Fulfillment.Status.OPEN, "cancel"]
        parcel.save(update_fields=["status"])


def _held_rows(parcels: Sequence[Fulfillment]) -> list[FulfillmentLine]:
    """Return what is on those that are still open, which stay so until the transaction ends."""
    held = (
        Fulfillment.objects.select_for_update(no_key=True)
        .filter(pk__in=[parcel.pk for parcel in parcels], status=Fulfillment.Status.OPEN)
        .order_by("pk")
    )
    open_ids = [parcel.pk for parcel in held]
    if not open_ids:
        raise MoveNotAllowed(_("This list is not being picked any more."))
    return list(
        FulfillmentLine.objects.filter(fulfillment__in=open_ids)
        .select_related("order_line__variant", "fulfillment__order")
        .order_by("fulfillment_id", "order_line__position", "pk")
    )


def _wanting(rows: Sequence[FulfillmentLine], code: str) -> FulfillmentLine:
    fitting = [row for row in rows if _bears(row, code)]
    if not fitting:
        raise WrongArticle(_("%(code)s is not on this list. Put it back.") % {"code": code})
    wanting = next((row for row in fitting if row.left), None)
    if wanting is None:
        said = _("All of %(name)s is picked already. Put this one back.")
        raise AllPicked(said % {"name": fitting[0].order_line.name})
    return wanting


def _row_of(rows: Sequence[FulfillmentLine], row_id: int) -> FulfillmentLine:
    row = next((one for one in rows if one.pk == row_id), None)
    if row is None:
        raise WrongArticle(_("This is not on the list any more."))
    return row


def _bears(row: FulfillmentLine, code: str) -> bool:
    line = row.order_line
    barcode = line.variant.barcode if line.variant else ""
    return code.casefold() == line.sku.casefold() or (code == barcode != "")
