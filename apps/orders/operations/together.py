"""The same deed for many orders: each is asked its own guard, and is done or left out alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.batches import operations as batches
from apps.batches.models import Batch
from apps.batches.tables import Skip, Step
from apps.core.errors import Refusal
from apps.inventory.operations import lock_stock
from apps.orders import queries, rules
from apps.orders.models import Order, OrderLine
from apps.orders.operations.annotating import annotate_order
from apps.orders.operations.locking import lock_orders
from apps.orders.operations.moving import cancel_order, confirm_order

# As many as a step of a batch does in well under two seconds.
A_STEP = 25


class Deed(NamedTuple):
    """What is to be done, a key of DEEDS, and what that needs to be told."""

    name: str
    reason: str = ""
    tag: str = ""
    assignee: User | None = None


class LeftOut(NamedTuple):
    order: Order
    reason: str


class Outcome(NamedTuple):
    """Which orders a deed was done to, or would be, and which were left out and why."""

    done: list[Order]
    left_out: list[LeftOut]

    @property
    def reasons(self) -> dict[str, list[Order]]:
        """The orders that were left out, by the reason."""
        grouped: dict[str, list[Order]] = {}
        for order, reason in self.left_out:
            # One reason for all: they differ in the name of the order alone.
            grouped.setdefault(reason.replace(str(order), _("This order")), []).append(order)
        return grouped


class Way(NamedTuple):
    """What stands in the way of a deed, if something does, and how it is done."""

    obstacle: Callable[[Order, Deed], str]
    do: Callable[[Order, Deed, User], object]


def foresee(*, orders: Iterable[Order], deed: Deed) -> Outcome:
    """Say what `do_to_all` would do now. Changes nothing."""
    outcome = Outcome([], [])
    orders = list(orders)
    picked = queries.being_picked(orders) if deed.name == "cancel" else set()
    for order in orders:
        reason = DEEDS[deed.name].obstacle(order, deed)
        if not reason and order.pk in picked:
            reason = _("It is on a pick list. Cancel that first.")
        _sort_in(outcome, order, reason)
    return outcome


def do_to_all(*, orders: Iterable[Order], deed: Deed, actor: User) -> Outcome:
    """
    Do it to each order, in a transaction of its own, unless it has changed since it was read.

    Set `expected_version` on those that somebody has looked at before.
    """
    outcome = Outcome([], [])
    for order in orders:
        _sort_in(outcome, order, _do(order, deed, actor))
    return outcome


def start_together(
    *, organization: Organization, filters: queries.Filters, deed: Deed, actor: User
) -> Batch:
    """Do it to all orders that match now, in steps of a batch."""
    last = organization.orders.aggregate(last=Max("number"))["last"]
    return batches.start_batch(
        organization=organization,
        kind=f"{deed.name}-orders",
        params={
            "deed": deed.name,
            "reason": deed.reason,
            "tag": deed.tag,
            "assignee": deed.assignee.pk if deed.assignee else None,
            "filters": filters.as_json(),
            # What is placed meanwhile was not meant.
            "up_to": last or 0,
        },
        started_by=actor,
    )


def together_step(batch: Batch) -> Step:
    """Do to the next orders what `start_together` was asked to."""
    page = queries.page_of_orders(
        batch.organization,
        queries.Filters.from_json(batch.params["filters"]),
        Q(number__lte=batch.params["up_to"]),
        sort="number",
        after=batch.cursor.get("after", ""),
        size=A_STEP,
    )
    # All of them, before the stock of any: so that none waits for another that waits for it.
    orders = list(lock_orders(page.orders))
    deed = _deed_of(batch)
    if deed.name == "cancel":
        lines = OrderLine.objects.filter(order__in=orders, variant__isnull=False)
        lock_stock(lines.values_list("variant_id", flat=True))
    assert batch.started_by is not None  # noqa: S101 - `start_together` was told by whom
    outcome = do_to_all(orders=orders, deed=deed, actor=batch.started_by)
    return Step(
        cursor={"after": page.next},
        done=len(outcome.done),
        skips=[Skip(order.number or 0, str(order), reason) for order, reason in outcome.left_out],
        finished=not page.next,
    )


def _deed_of(batch: Batch) -> Deed:
    known = batch.params
    # Somebody who has left meanwhile is refused at each order; nobody would take it from all.
    assignee = User.objects.get(pk=known["assignee"]) if known["assignee"] else None
    return Deed(known["deed"], known["reason"], known["tag"], assignee)


def _do(order: Order, deed: Deed, actor: User) -> str:
    """Do it to one order. Returns why not, if it was not done."""
    way = DEEDS[deed.name]
    order.expected_version = order.expected_version or order.version
    if order.expected_version == order.version and (reason := way.obstacle(order, deed)):
        return reason
    try:
        way.do(order, deed, actor)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _sort_in(outcome: Outcome, order: Order, reason: str) -> None:
    if reason:
        outcome.left_out.append(LeftOut(order, reason))
    else:
        outcome.done.append(order)


def _has_it(order: Order, deed: Deed) -> str:
    return _("It has this tag already.") if deed.tag in order.tags else ""


def _has_it_not(order: Order, deed: Deed) -> str:
    return "" if not deed.tag or deed.tag in order.tags else _("It does not have this tag.")


def _is_theirs(order: Order, deed: Deed) -> str:
    chosen = deed.assignee.pk if deed.assignee else None
    return _("It is theirs already.") if order.assignee_id == chosen else ""


def _confirm(order: Order, deed: Deed, actor: User) -> None:
    confirm_order(order=order, confirmed_by=actor)


def _cancel(order: Order, deed: Deed, actor: User) -> None:
    cancel_order(order=order, reason=deed.reason, cancelled_by=actor)


def _tag(order: Order, deed: Deed, actor: User) -> None:
    annotate_order(order=order, tags=[*order.tags, deed.tag], annotated_by=actor)


def _untag(order: Order, deed: Deed, actor: User) -> None:
    tags = [tag for tag in order.tags if tag != deed.tag]
    annotate_order(order=order, tags=tags, annotated_by=actor)


def _assign(order: Order, deed: Deed, actor: User) -> None:
    annotate_order(order=order, assignee=deed.assignee, unassign=True, annotated_by=actor)


DEEDS: dict[str, Way] = {
    "confirm": Way(lambda order, deed: rules.may_confirm(order), _confirm),
    "cancel": Way(lambda order, deed: rules.may_cancel(order), _cancel),
    "tag": Way(_has_it, _tag),
    "untag": Way(_has_it_not, _untag),
    "assign": Way(_is_theirs, _assign),
}
