"""The same once more: a draft with what an order was about, at the prices of today."""

from apps.accounts.models import User
from apps.orders.models import Adjustment, Order
from apps.orders.operations.drafting import save_draft
from apps.orders.operations.placing import STAFF, Buyer
from apps.orders.operations.pricing import AdjustmentItem, Item


def duplicate_order(*, order: Order, duplicated_by: User | None) -> Order:
    """
    Save a draft for the same buyer, of the products and terms of an order.

    What our catalogue does not know is left out, and so is what was cancelled.

    Raises TooLarge, or AlreadyPlaced, which has the draft, when `order.sent_as` made one before.
    """
    lines = order.lines.select_related("variant__product__tax_class").order_by("position")
    origin = STAFF._replace(idempotency_key=order.sent_as)
    return save_draft(
        organization=order.organization,
        buyer=Buyer(
            email=order.email,
            name=order.customer_name,
            shipping_address=order.shipping_address,
            country=order.country,
        ),
        items=[Item(line.variant, line.wanted) for line in lines if line.variant and line.wanted],
        adjustments=[_again(one) for one in order.adjustments.order_by("position")],
        note=order.note,
        origin=origin,
        saved_by=duplicated_by,
    )


def _again(one: Adjustment) -> AdjustmentItem:
    kind = Adjustment.Kind(one.kind)
    # A percentage is worked out anew; its amount was that of the other lines.
    amount = 0 if one.percent else one.amount
    return AdjustmentItem(kind, one.label, amount, one.percent, one.tax_rate)
