"""How a person or a program reaches an organization. Everything else starts from what they give."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja.security import HttpBearer

from apps.accounts.models import ApiKey, Membership, Organization, User
from apps.accounts.operations import hash_secret


class MemberRequest(HttpRequest):
    user: User  # type: ignore[assignment]
    organization: Organization
    membership: Membership


class ApiRequest(HttpRequest):
    organization: Organization


def member_required[**P](
    view: Callable[Concatenate[MemberRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Answer 404, never 403, to strangers: that an organization exists is not public."""

    @login_required
    @wraps(view)
    def door(
        request: MemberRequest, organization: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        request.membership = get_object_or_404(
            request.user.memberships.select_related("organization"),
            organization__slug=organization,
        )
        request.organization = request.membership.organization
        return view(request, *args, **kwargs)

    return door  # type: ignore[return-value]


class ApiKeyAuth(HttpBearer):
    """`Authorization: Bearer dz_...` puts the key's organization on the request."""

    USED_AT_MOST_EVERY = timedelta(hours=1)

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        key = (
            ApiKey.objects.select_related("organization")
            .filter(secret_hash=hash_secret(token), revoked_at=None)
            .first()
        )
        if key is None:
            return None
        now = timezone.now()
        if key.last_used_at is None or key.last_used_at < now - self.USED_AT_MOST_EVERY:
            # Once an hour is enough for "is this key still in use", and spares a write a call.
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        request.organization = key.organization  # type: ignore[attr-defined]
        return key
