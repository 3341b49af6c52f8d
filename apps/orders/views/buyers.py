"""Who an order is for, while their name is typed."""

from collections.abc import Sequence

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.access import MemberRequest, member_required
from apps.accounts.models import Organization
from apps.core.views import typed
from apps.customers.models import Customer

BUYERS_AT_MOST = 6


@require_safe
@member_required
def list_buyers(request: MemberRequest) -> HttpResponse:
    """Customers whose name holds what was typed, or whose e-mail begins with it."""
    search = typed(request, "who")
    matching = Q(name__icontains=search) | Q(email__istartswith=search)
    known = request.organization.customers.filter(matching).order_by("name", "email", "pk")
    found = list(known[:BUYERS_AT_MOST]) if search else []
    sent_to = _last_addresses(request.organization, found)
    buyers = [(one, *sent_to.get(one.pk, (one.address, ""))) for one in found]
    return render(request, "orders/_buyers.html", {"search": search, "buyers": buyers})


def _last_addresses(
    organization: Organization, customers: Sequence[Customer]
) -> dict[int, tuple[str, str]]:
    """Say where the last order of each went: address and country."""
    rows = (
        organization.orders.filter(customer__in=customers, placed_at__isnull=False)
        .exclude(shipping_address="")
        .order_by("customer", "-placed_at")
        .distinct("customer")
        .values_list("customer", "shipping_address", "country")
    )
    return {pk: (address, country) for pk, address, country in rows}
