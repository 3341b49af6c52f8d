"""
An order, the `parts` it adds up from, and the `notes` on it: why less is owed, why it waits.

What is `saved` are lists of orders, not orders.
"""

from apps.orders.models.notes import Credit, OrderHold
from apps.orders.models.order import Order
from apps.orders.models.parts import Adjustment, OrderLine
from apps.orders.models.saved import SavedView

__all__ = ["Adjustment", "Credit", "Order", "OrderHold", "OrderLine", "SavedView"]
