from typing import cast

from allauth.account.views import signup
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import operations, queries
from apps.accounts.access import MemberRequest, keeper_required, member_required
from apps.accounts.forms import ApiKeyForm, OrganizationForm, PersonForm
from apps.accounts.models import User
from apps.core.icons import icon_names


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Go where a signed-in person works, or tell a stranger what this is."""
    if not request.user.is_authenticated:
        return render(request, "accounts/landing.html")
    organization = request.user.organizations.order_by("name").first()
    if organization is None:
        return render(request, "accounts/no_organization.html")
    return redirect("reports:dashboard", organization=organization.slug)


def sign_up(request: HttpRequest) -> HttpResponse:
    """Let a person in with an organization of their own, as allauth does it."""
    try:
        answer: HttpResponse = signup(request)
    except IntegrityError:
        # Somebody with the same address was faster. Asked again it is a known one.
        answer = signup(request)
    return answer


@member_required
@keeper_required
def show_settings(request: MemberRequest) -> HttpResponse:
    form = OrganizationForm.of(request.organization)
    if request.method == "POST":
        form = OrganizationForm(request.POST)
        if form.is_valid():
            return _save_settings(request, form)
    status = 422 if form.errors else 200
    return render(request, "accounts/settings.html", {"form": form}, status=status)


def _save_settings(request: MemberRequest, form: OrganizationForm) -> HttpResponse:
    try:
        operations.update_organization(
            organization=request.organization,
            facts=form.facts,
            seen_version=form.cleaned_data["version"],
            changed_by=request.user,
        )
    except operations.StaleSettings as refusal:
        now = queries.settings_now(request.organization)
        form.seeing(now)
        page = {"form": form, "refusal": refusal, "changed_by": now.changed_by}
        return render(request, "accounts/settings.html", page, status=refusal.status)
    messages.success(request, _("The settings are saved."))
    return redirect("accounts:settings", request.organization.slug)


@login_required
def show_person(request: HttpRequest) -> HttpResponse:
    """What a person chooses for themselves, in every organization they work in."""
    user = cast("User", request.user)
    form = PersonForm(request.POST or None, initial={"name": user.name, "language": user.language})
    if not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "accounts/person.html", {"form": form}, status=status)
    operations.update_person(user=user, **form.cleaned_data)
    with translation.override(user.language or translation.get_language()):
        messages.success(request, _("The settings are saved."))
    response = redirect("home")
    # For the pages outside an organization, where nobody asks who reads.
    if user.language:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language)
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    return response


@member_required
@keeper_required
def list_api_keys(request: MemberRequest) -> HttpResponse:
    form, secret = ApiKeyForm(request.POST or None), ""
    if form.is_valid():
        _key, secret = operations.create_api_key(
            organization=request.organization, name=form.cleaned_data["name"]
        )
        form = ApiKeyForm()
    page = {"form": form, "secret": secret, "keys": queries.api_keys(request.organization)}
    status = 422 if form.errors else 201 if secret else 200
    response = render(request, "accounts/api_keys.html", page, status=status)
    if secret:
        # Shown on this page, this once: no redirect, and no copy in anybody's cache.
        response["Cache-Control"] = "no-store"
    return response


@require_POST
@member_required
@keeper_required
def revoke_api_key(request: MemberRequest, key: int) -> HttpResponse:
    found = get_object_or_404(request.organization.api_keys, pk=key)
    operations.revoke_api_key(key=found, now=timezone.now())
    messages.success(
        request,
        _("The key %(name)s is revoked: nobody gets in with it any more.") % {"name": found.name},
    )
    return redirect("accounts:api-keys", request.organization.slug)


@require_safe
@member_required
def show_styleguide(request: MemberRequest) -> HttpResponse:
    """Show every component in every state, for those who build pages of them."""
    scheme = request.GET.get("scheme", "")
    page = {"icons": icon_names(), "scheme": scheme if scheme in {"light", "dark"} else ""}
    return render(request, "core/styleguide.html", page)
