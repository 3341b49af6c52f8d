"""What leaves the house and what comes back: `picking`, `shipping`, `returning`, `receiving`."""

from apps.fulfillment.operations.choosing import NotSoMany
from apps.fulfillment.operations.picking import cancel_fulfillment, open_fulfillment
from apps.fulfillment.operations.receiving import (
    Arrival,
    NotAsAnnounced,
    close_return,
    receive_return,
)
from apps.fulfillment.operations.returning import (
    approve_return,
    cancel_return,
    decline_return,
    request_return,
)
from apps.fulfillment.operations.shipping import mark_delivered, ship_fulfillment, ship_order

__all__ = [
    "Arrival",
    "NotAsAnnounced",
    "NotSoMany",
    "approve_return",
    "cancel_fulfillment",
    "cancel_return",
    "close_return",
    "decline_return",
    "mark_delivered",
    "open_fulfillment",
    "receive_return",
    "request_return",
    "ship_fulfillment",
    "ship_order",
]
