"""
Optimistic locking at the door: an answer carries the version of its order as `ETag: "v17"`.

Whoever sends that back as `If-Match` changes the order they saw, or gets 412.
"""

import re

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.accounts.access import ApiRequest
from apps.core.errors import InvalidInput
from apps.orders.models import Order

ETAG = re.compile(r'(?:W/)?"v(\d{1,9})"')


class BadEtag(InvalidInput):
    pass


def order_of(request: ApiRequest, number: int) -> Order:
    """Return the placed order of that number, expected at the version of `If-Match`, if sent."""
    order = get_object_or_404(
        request.organization.orders.exclude(status=Order.Status.DRAFT), number=number
    )
    order.expected_version = expected_version(request)
    return order


def expected_version(request: ApiRequest) -> int | None:
    """Return the version in `If-Match`, or None where any will do. Raises BadEtag."""
    sent = request.headers.get("If-Match", "*").strip()
    if sent == "*":
        return None
    found = ETAG.fullmatch(sent)
    if found is None:
        raise BadEtag('Send the ETag of an order, such as "v17".', field="If-Match")
    return int(found[1])


def answer(response: HttpResponse, order: Order) -> Order:
    """Put the version of the order into the answer."""
    response["ETag"] = f'"v{order.version}"'
    return order
