"""Counting what lies on a shelf: what is said is how many there are, not how many more."""

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.inventory.models import StockLevel, StockMovement
from apps.inventory.operations.locking import lock_levels
from apps.inventory.operations.shelving import adjust_stock


class StockChanged(Refusal):
    """It moved since whoever counted has looked; `movement` is the newest there is."""

    def __init__(self, movement: StockMovement) -> None:
        super().__init__(_("The stock was changed since you opened it."))
        self.movement = movement


@transaction.atomic
def count_stock(
    *,
    level: StockLevel,
    counted: int,
    seen: int,
    reason: str,
    actor: User | None,
    idempotency_key: str = "",
) -> StockLevel:
    """
    Set what is on hand to what was counted. `seen` is the newest movement then known; 0: none.

    A count that finds what is known writes nothing. Raises StockChanged, and what `adjust_stock`
    raises.
    """
    [locked] = lock_levels([level.pk])
    on_hand = locked.on_hand
    former = StockMovement.objects.filter(
        organization_id=level.organization_id, idempotency_key=idempotency_key or None
    ).first()
    if former is not None:
        # The first of two changed what was seen. Counted from where it began, both are the same.
        since = locked.movements.filter(pk__gte=former.pk)
        on_hand -= since.aggregate(sum=Sum("delta"))["sum"] or 0
    else:
        newest = locked.movements.select_related("actor").order_by("-pk").first()
        if newest is not None and newest.pk != seen:
            raise StockChanged(newest)
        if counted == on_hand:
            return locked
    return adjust_stock(
        variant=level.variant,
        location=level.location,
        delta=counted - on_hand,
        reason=reason,
        actor=actor,
        kind=StockMovement.Kind.ADJUSTMENT,
        idempotency_key=idempotency_key,
    )
