"""The pages of orders: `reading` shows them, `writing` is the editor, `deeds` does the rest."""

from apps.orders.views.reading import order_page

__all__ = ["order_page"]
