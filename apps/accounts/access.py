"""How a person or a program reaches an organization. Everything else starts from what they give."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from ninja.security import HttpBearer

from apps.accounts.models import ApiKey, Membership, Organization, User
from apps.accounts.operations import hash_secret
from apps.core.languages import language_of

KEEPERS = frozenset({Membership.Role.OWNER, Membership.Role.ADMIN})
WRITERS = frozenset(Membership.Role) - {Membership.Role.VIEWER}


class MemberRequest(HttpRequest):
    user: User
    organization: Organization
    membership: Membership
    # All of the person's, for the switch between organizations.
    memberships: list[Membership]

    # What pages ask before they offer a form that its door would refuse.
    may_write: bool
    may_keep: bool


class ApiRequest(HttpRequest):
    organization: Organization


def member_required[**P](
    view: Callable[Concatenate[MemberRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Answer 404, never 403, to strangers: that an organization exists is not public."""

    @wraps(view)
    def door(
        request: MemberRequest, organization: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_login(request)
        found = request.user.memberships.select_related("organization")
        request.memberships = list(found.order_by("organization__name", "pk"))
        by_slug = {one.organization.slug: one for one in request.memberships}
        if organization not in by_slug:
            raise Http404
        request.membership = by_slug[organization]
        request.organization = request.membership.organization
        _speak(request)
        request.may_write = request.membership.role in WRITERS
        request.may_keep = request.membership.role in KEEPERS
        return view(request, *args, **kwargs)

    return door


def _to_login(request: HttpRequest) -> HttpResponse:
    """
    Lead back to the page the person was on, not to the door that a form or script of it called.

    The browser keeps what was typed there, see core/js/keep.js.
    """
    page = request.get_full_path()
    named = request.headers.get("HX-Current-URL", "")
    if named or request.method not in {"GET", "HEAD"}:
        named = named or request.headers.get("Referer", "")
        known = url_has_allowed_host_and_scheme(
            named, {request.get_host()}, require_https=request.is_secure()
        )
        page = urlsplit(named)._replace(scheme="", netloc="").geturl() if known else "/"
    return redirect_to_login(page)


def _speak(request: MemberRequest) -> None:
    # Until the end of the request: what is refused or streamed later speaks it too.
    request.LANGUAGE_CODE = language_of(request.organization.language_for(request.user))
    translation.activate(request.LANGUAGE_CODE)


def writer_required[**P](
    view: Callable[Concatenate[MemberRequest, P], HttpResponse],
) -> Callable[Concatenate[MemberRequest, P], HttpResponse]:
    """Let every member look, but answer 403 to viewers who send something."""
    return _role_required(
        view, WRITERS, _("Your role in this organization is to look, not to change.")
    )


def keeper_required[**P](
    view: Callable[Concatenate[MemberRequest, P], HttpResponse],
) -> Callable[Concatenate[MemberRequest, P], HttpResponse]:
    """Let every member look, but answer 403 to all but owners and admins who send something."""
    return _role_required(
        view, KEEPERS, _("Only owners and admins of the organization may do this.")
    )


def _role_required[**P](
    view: Callable[Concatenate[MemberRequest, P], HttpResponse],
    roles: frozenset[Membership.Role],
    refusal: Promise,
) -> Callable[Concatenate[MemberRequest, P], HttpResponse]:
    @wraps(view)
    def door(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in {"GET", "HEAD"} and request.membership.role not in roles:
            raise PermissionDenied(str(refusal))
        return view(request, *args, **kwargs)

    return door


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
