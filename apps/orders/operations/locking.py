"""How a verb gets hold of its order: lock the row, ask the guard, write down what happened."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.events import operations as events
from apps.events.models import Event
from apps.orders.models import Order


class MoveNotAllowed(Refusal):
    pass


class OrderGone(Refusal):
    """Only drafts are ever deleted."""

    status = 404


class StaleOrder(Refusal):
    """The order has changed since whoever asks looked at it."""

    status = 412


class AlreadyDone(Refusal):
    """The same form came before, and what it asked for was done then."""


def lock_order(order: Order) -> Order:
    """
    Return the order as it is now, its row held until the transaction ends.

    Raises AlreadyDone when `order.sent_as` names an event of its history, StaleOrder when
    `order.expected_version` is set and is not the present one, and OrderGone for a draft that was
    discarded meanwhile.
    """
    rows = Order.objects.select_for_update(of=("self",), no_key=True)
    now = rows.select_related("organization").filter(pk=order.pk).first()
    if now is None:
        raise OrderGone(_("This draft has been discarded."))
    if order.sent_as and _history(now).filter(data__sent_as=order.sent_as).exists():
        raise AlreadyDone(_("This has been done already."))
    now.recorded_as = order.sent_as or order.recorded_as
    if order.expected_version not in {None, now.version}:
        raise StaleOrder(
            _(
                "%(order)s has changed since you opened it. Look at it again, then repeat what "
                "you wanted."
            )
            % {"order": now}
        )
    return now


def lock_orders(orders: Iterable[Order]) -> QuerySet[Order]:
    """Return these orders as they are now, their rows held, in the order of their ids."""
    rows = Order.objects.filter(pk__in=[order.pk for order in orders]).order_by("pk")
    return rows.select_for_update(of=("self",), no_key=True).select_related("organization")


def insist(reason: str) -> None:
    """Raise MoveNotAllowed with the reason a guard gave, if it gave one."""
    if reason:
        raise MoveNotAllowed(reason)


def happened(
    order: Order,
    type: str,  # noqa: A002 - the column's name
    *fields: str,
    actor: User | None = None,
    **about: Any,
) -> None:
    """Save these fields of a locked order as its next version, and record what it was."""
    if order.recorded_as:
        about["sent_as"] = order.recorded_as
    order.version += 1
    order.save(update_fields=[*fields, "version"])
    events.record(order, type, actor=actor, **about)


def _history(order: Order) -> QuerySet[Event]:
    return Event.objects.filter(aggregate_type="order", aggregate_id=order.pk)
