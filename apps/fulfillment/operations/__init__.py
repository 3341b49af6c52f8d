"""
What leaves the house: `picking`, `ticking`, `shipping`; and what comes back: `returning`,
`receiving`.
"""

from apps.fulfillment.operations.choosing import NotSoMany
from apps.fulfillment.operations.picking import (
    Wave,
    cancel_fulfillment,
    open_fulfillment,
    open_wave,
)
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
from apps.fulfillment.operations.ticking import (
    AllPicked,
    Tick,
    WrongArticle,
    report_missing,
    tick,
)

__all__ = [
    "AllPicked",
    "Arrival",
    "NotAsAnnounced",
    "NotSoMany",
    "Tick",
    "Wave",
    "WrongArticle",
    "approve_return",
    "cancel_fulfillment",
    "cancel_return",
    "close_return",
    "decline_return",
    "mark_delivered",
    "open_fulfillment",
    "open_wave",
    "receive_return",
    "report_missing",
    "request_return",
    "ship_fulfillment",
    "ship_order",
    "tick",
]
