"""The pages of orders: `reading` shows them, `writing` is the editor, `deeds` does the rest."""

from apps.orders.views.answering import Said, answer, seen
from apps.orders.views.reading import order_page

__all__ = ["Said", "answer", "order_page", "seen"]
