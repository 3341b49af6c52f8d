"""
The pages of orders: `listing` finds them, `reading` shows one, `writing` is the editor, `deeds`
does the rest to one and `together` to many.
"""

from apps.orders.views.answering import Said, answer, seen
from apps.orders.views.reading import order_page

__all__ = ["Said", "answer", "order_page", "seen"]
