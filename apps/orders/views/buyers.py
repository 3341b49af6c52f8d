"""Who an order is for, while their name is typed."""

from collections.abc import Sequence

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.access import MemberRequest, member_required
from apps.accounts.models import Organization
from apps.core.plans import planned_for_its_values
from apps.core.views import typed
from apps.customers.models import Customer

BUYERS_AT_MOST = 6


@require_safe
@member_required
def list_buyers(request: MemberRequest) -> HttpResponse:
    """Customers of whom every word that was typed stands in the name, e-mail or company."""
    search = typed(request, "who")
    found = _matching(request.organization, search) if search else []
    sent_to = _last_addresses(request.organization, found)
    buyers = [(one, *sent_to.get(one.pk, (one.address, ""))) for one in found]
    return render(request, "orders/_buyers.html", {"search": search, "buyers": buyers})


def _matching(organization: Organization, search: str) -> list[Customer]:
    known = organization.customers.order_by("name", "email", "pk")
    for word in search.split()[:8]:
        known = known.filter(
            Q(name__icontains=word) | Q(email__icontains=word) | Q(company__icontains=word)
        )
    with planned_for_its_values():
        return list(known[:BUYERS_AT_MOST])


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
