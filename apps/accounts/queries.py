from django.db.models import F, QuerySet

from apps.accounts.models import ApiKey, Organization


def settings_now(organization: Organization) -> Organization:
    """Return an organization as it is by now, with who changed it last."""
    return Organization.objects.select_related("changed_by").get(pk=organization.pk)


def api_keys(organization: Organization) -> QuerySet[ApiKey]:
    """Keys that work, then those that were revoked, each newest first."""
    return organization.api_keys.order_by(F("revoked_at").desc(nulls_first=True), "-pk")
