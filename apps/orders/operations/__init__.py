"""What can be done to orders: `placing` up to its number, `moving` from there on."""

from apps.orders.operations.locking import MoveNotAllowed
from apps.orders.operations.moving import (
    cancel_order,
    confirm_order,
    expire_order,
    expire_unpaid_orders,
    record_capture,
    record_document,
    record_shipment,
)
from apps.orders.operations.placing import (
    STAFF,
    AlreadyPlaced,
    Buyer,
    EmptyOrder,
    KeyReused,
    Origin,
    discard_draft,
    place_draft,
    place_order,
    save_draft,
)
from apps.orders.operations.pricing import (
    LINES_AT_MOST,
    QUANTITY_AT_MOST,
    Item,
    Quote,
    TooLarge,
    quote_order,
)

__all__ = [
    "LINES_AT_MOST",
    "QUANTITY_AT_MOST",
    "STAFF",
    "AlreadyPlaced",
    "Buyer",
    "EmptyOrder",
    "Item",
    "KeyReused",
    "MoveNotAllowed",
    "Origin",
    "Quote",
    "TooLarge",
    "cancel_order",
    "confirm_order",
    "discard_draft",
    "expire_order",
    "expire_unpaid_orders",
    "place_draft",
    "place_order",
    "quote_order",
    "record_capture",
    "record_document",
    "record_shipment",
    "save_draft",
]
