"""What the team writes on an order: holds, tags, notes, who looks after it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import InvalidInput
from apps.orders import rules
from apps.orders.models import Order, OrderHold
from apps.orders.operations.locking import MoveNotAllowed, happened, insist, lock_order

TAGS_AT_MOST = 20


class NotAMember(InvalidInput):
    pass


class TooManyTags(InvalidInput):
    pass


@transaction.atomic
def place_hold(
    *, order: Order, kind: OrderHold.Kind, reason: str, placed_by: User | None
) -> OrderHold:
    """
    Stop an order for a reason: nothing of it ships until the hold is released.

    Raises MoveNotAllowed when it is held for this already, or has ended.
    """
    order = lock_order(order)
    insist(rules.may_hold(order))
    if kind in order.hold_kinds:
        raise MoveNotAllowed(
            _("It is on hold already (%(kind)s).") % {"kind": rules.spoken([kind])}
        )
    hold = OrderHold.objects.create(
        organization=order.organization,
        order=order,
        kind=kind,
        reason=reason,
        placed_by=placed_by,
    )
    order.hold_kinds = sorted([*order.hold_kinds, kind])
    about = {"kind": kind, "reason": reason}
    happened(order, "order.held", "hold_kinds", actor=placed_by, **about)
    return hold


@transaction.atomic
def release_hold(*, order: Order, kind: OrderHold.Kind, released_by: User | None) -> Order:
    """Let an order go on. Raises MoveNotAllowed when nothing holds it for this."""
    order = lock_order(order)
    if kind not in order.hold_kinds:
        raise MoveNotAllowed(_("It is not on hold (%(kind)s).") % {"kind": rules.spoken([kind])})
    order.holds.filter(kind=kind, released_at=None).update(
        released_at=timezone.now(), released_by=released_by
    )
    order.hold_kinds = [one for one in order.hold_kinds if one != kind]
    happened(order, "order.hold_released", "hold_kinds", actor=released_by, kind=kind)
    return order


@transaction.atomic
def annotate_order(
    *,
    order: Order,
    tags: Sequence[str] | None = None,
    assignee: User | None = None,
    unassign: bool = False,
    metadata: Mapping[str, Any] | None = None,
    annotated_by: User | None,
) -> Order:
    """
    Change what the team keeps with an order; what is not given stays.

    Raises TooManyTags, or NotAMember for an assignee from elsewhere.
    """
    order = lock_order(order)
    changed: dict[str, Any] = {}
    if tags is not None:
        order.tags = sorted({tag.strip() for tag in tags} - {""})
        if len(order.tags) > TAGS_AT_MOST:
            raise TooManyTags(
                _("An order has at most %(most)s tags.") % {"most": TAGS_AT_MOST},
                field="tags",
            )
        changed["tags"] = order.tags
    if assignee is not None or unassign:
        order.assignee = _member(order, assignee)
        changed["assignee"] = str(assignee or "")
    if metadata is not None:
        order.metadata = dict(metadata)
        changed["metadata"] = order.metadata
    fields = list(changed)
    happened(order, "order.annotated", *fields, actor=annotated_by, **changed)
    return order


@transaction.atomic
def change_tags(
    *,
    order: Order,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    changed_by: User | None,
) -> Order:
    """
    Put tags on an order and take others off; those that somebody else put on meanwhile stay.

    Raises TooManyTags.
    """
    order = lock_order(order)
    tags = {*order.tags, *add} - {*remove}
    if tags == {*order.tags}:
        return order
    return annotate_order(order=order, tags=[*tags], annotated_by=changed_by)


@transaction.atomic
def add_note(*, order: Order, text: str, written_by: User | None) -> Order:
    """Write something for the team into the order's history. The customer never sees it."""
    order = lock_order(order)
    happened(order, "order.noted", actor=written_by, text=text)
    return order


def _member(order: Order, user: User | None) -> User | None:
    if user is not None and not user.memberships.filter(organization=order.organization).exists():
        raise NotAMember(
            _("%(person)s is not a member of %(organization)s.")
            % {"person": user, "organization": order.organization},
            field="assignee",
        )
    return user
