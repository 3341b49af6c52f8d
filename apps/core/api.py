from django.conf import settings
from django.http import HttpRequest
from ninja import Router

router = Router()


@router.get("/features", summary="Feature flags of this deploy")
def features(request: HttpRequest) -> dict[str, bool]:
    return dict(settings.FEATURES)
