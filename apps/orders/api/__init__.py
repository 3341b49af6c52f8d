"""The JSON doors of orders: `orders` to read and place, `drafts` before that, `deeds` after it."""

from apps.orders.api import deeds, drafts, orders
from apps.orders.api.routes import router
from apps.orders.api.schemas import OrderOut, Reason, Text
from apps.orders.api.versions import answer, order_of

__all__ = [
    "OrderOut",
    "Reason",
    "Text",
    "answer",
    "deeds",
    "drafts",
    "order_of",
    "orders",
    "router",
]
