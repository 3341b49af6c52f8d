from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, object]:
    """What every page may need: feature flags, and the organization the gate let us into."""
    return {
        "features": settings.FEATURES,
        "organization": getattr(request, "organization", None),
    }
