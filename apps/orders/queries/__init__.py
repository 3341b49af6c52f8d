"""What is read of orders: `whole` one in full, `finding` many, and `queues` of what waits."""

from apps.orders.queries.contents import NOTHING, Content, contents, tags_in_use
from apps.orders.queries.finding import (
    EVERYTHING,
    NEWEST,
    PAGE,
    SORTS,
    Filters,
    Page,
    matching,
    matching_ids,
    order_page,
    page_of_orders,
)
from apps.orders.queries.queues import (
    COUNTED_AT_MOST,
    QUEUES,
    Failure,
    being_picked,
    count_work,
    failures,
)
from apps.orders.queries.views import saved_views
from apps.orders.queries.whole import (
    EVENTS_A_PAGE,
    EVENTS_AT_FIRST,
    Beside,
    active_holds,
    beside,
    drafts,
    history,
    latest_history,
    order_in_full,
)

__all__ = [
    "COUNTED_AT_MOST",
    "EVENTS_AT_FIRST",
    "EVENTS_A_PAGE",
    "EVERYTHING",
    "NEWEST",
    "NOTHING",
    "PAGE",
    "QUEUES",
    "SORTS",
    "Beside",
    "Content",
    "Failure",
    "Filters",
    "Page",
    "active_holds",
    "being_picked",
    "beside",
    "contents",
    "count_work",
    "drafts",
    "failures",
    "history",
    "latest_history",
    "matching",
    "matching_ids",
    "order_in_full",
    "order_page",
    "page_of_orders",
    "saved_views",
    "tags_in_use",
]
