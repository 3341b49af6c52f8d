from django.db.models import F, QuerySet

from apps.accounts.models import ApiKey, Organization


def api_keys(organization: Organization) -> QuerySet[ApiKey]:
    """Keys that work, then those that were revoked, each newest first."""
    return organization.api_keys.order_by(F("revoked_at").desc(nulls_first=True), "-pk")
