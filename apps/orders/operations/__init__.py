"""What can be done to orders: `placing` up to its number, `moving` and the others from there on."""

from apps.orders.operations.annotating import (
    NotAMember,
    TooManyTags,
    add_note,
    annotate_order,
    change_tags,
    place_hold,
    release_hold,
)
from apps.orders.operations.crediting import CreditTooLarge, credit_amount, credit_units
from apps.orders.operations.drafting import (
    discard_draft,
    keep_stock_for_draft,
    place_draft,
    save_draft,
)
from apps.orders.operations.duplicating import duplicate_order
from apps.orders.operations.editing import QuantityNotPossible, edit_order, quote_edit
from apps.orders.operations.locking import (
    AlreadyDone,
    MoveNotAllowed,
    StaleOrder,
    lock_order,
)
from apps.orders.operations.moving import (
    cancel_order,
    confirm_order,
    expire_order,
    expire_unpaid_orders,
    revive_order,
)
from apps.orders.operations.placing import (
    STAFF,
    AlreadyPlaced,
    Buyer,
    EmptyOrder,
    KeyReused,
    Origin,
    place_order,
)
from apps.orders.operations.pricing import (
    ADJUSTMENTS_AT_MOST,
    LINES_AT_MOST,
    QUANTITY_AT_MOST,
    AdjustmentItem,
    Item,
    Quote,
    TooLarge,
    quote_order,
)
from apps.orders.operations.recording import (
    record_document,
    record_money,
    record_picking,
    record_return,
    record_shipment,
)

__all__ = [
    "ADJUSTMENTS_AT_MOST",
    "LINES_AT_MOST",
    "QUANTITY_AT_MOST",
    "STAFF",
    "AdjustmentItem",
    "AlreadyDone",
    "AlreadyPlaced",
    "Buyer",
    "CreditTooLarge",
    "EmptyOrder",
    "Item",
    "KeyReused",
    "MoveNotAllowed",
    "NotAMember",
    "Origin",
    "QuantityNotPossible",
    "Quote",
    "StaleOrder",
    "TooLarge",
    "TooManyTags",
    "add_note",
    "annotate_order",
    "cancel_order",
    "change_tags",
    "confirm_order",
    "credit_amount",
    "credit_units",
    "discard_draft",
    "duplicate_order",
    "edit_order",
    "expire_order",
    "expire_unpaid_orders",
    "keep_stock_for_draft",
    "lock_order",
    "place_draft",
    "place_hold",
    "place_order",
    "quote_edit",
    "quote_order",
    "record_document",
    "record_money",
    "record_picking",
    "record_return",
    "record_shipment",
    "release_hold",
    "revive_order",
    "save_draft",
]
