"""Which saved views a person has: their own, and what colleagues share."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from apps.accounts.models import Organization, User
from apps.orders.models import SavedView


def saved_views(organization: Organization, user: User) -> QuerySet[SavedView]:
    """Return what this person sees, by name."""
    seen = organization.saved_views.filter(Q(owner=user) | Q(shared=True))
    return seen.select_related("owner").order_by("name", "pk")
