"""The team of an organization, and the door by which an invited person comes in."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.access import MemberRequest, keeper_required, member_required
from apps.accounts.models import Membership, User
from apps.core.errors import Refusal
from apps.core.views import unlisted
from apps.team import operations, queries
from apps.team.forms import InviteForm, JoinForm, RoleForm
from apps.team.models import Invitation


@member_required
@keeper_required
def show_team(request: MemberRequest) -> HttpResponse:
    form = InviteForm(request.POST or None)
    if form.is_valid():
        try:
            invitation = operations.invite(
                organization=request.organization,
                email=form.cleaned_data["email"],
                role=Membership.Role(form.cleaned_data["role"]),
                invited_by=request.user,
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            said = _("%(email)s is invited. The mail is on its way.")
            messages.success(request, said % {"email": invitation.email})
            return redirect("team:team", request.organization.slug)
    page = {
        "form": form,
        "roles": Membership.Role.choices,
        "members": list(queries.members(request.organization)),
        "invitations": queries.open_invitations(request.organization) if request.may_keep else [],
        "now": timezone.now(),
    }
    return render(request, "team/team.html", page, status=422 if form.errors else 200)


@require_POST
@member_required
@keeper_required
def change_role(request: MemberRequest, member: int) -> HttpResponse:
    found = _member(request, member)
    form = RoleForm(request.POST)

    def change() -> str:
        if not form.is_valid():
            raise Refusal(_("There is no such role."))
        role = Membership.Role(form.cleaned_data["role"])
        operations.change_role(member=found, role=role, changed_by=request.user)
        return _("%(name)s is %(role)s now.") % {"name": found.user, "role": role.label}

    return _answer(request, change)


@require_POST
@member_required
@keeper_required
def remove_member(request: MemberRequest, member: int) -> HttpResponse:
    found = _member(request, member)

    def remove() -> str:
        operations.remove_member(member=found, removed_by=request.user)
        return _("%(name)s is not a member any more.") % {"name": found.user}

    return _answer(request, remove)


@require_POST
@member_required
def leave(request: MemberRequest) -> HttpResponse:
    """Go oneself, whatever one's role: nobody is kept."""
    try:
        operations.remove_member(member=request.membership, removed_by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("team:team", request.organization.slug)
    messages.success(request, _("You have left %(name)s.") % {"name": request.organization})
    return redirect("home")


@require_POST
@member_required
@keeper_required
def resend_invitation(request: MemberRequest, invitation: int) -> HttpResponse:
    found = _invitation(request, invitation)

    def resend() -> str:
        operations.resend_invitation(invitation=found, resent_by=request.user, now=timezone.now())
        return _("%(email)s gets another mail.") % {"email": found.email}

    return _answer(request, resend)


@require_POST
@member_required
@keeper_required
def revoke_invitation(request: MemberRequest, invitation: int) -> HttpResponse:
    found = _invitation(request, invitation)

    def revoke() -> str:
        operations.revoke_invitation(invitation=found, revoked_by=request.user, now=timezone.now())
        return _("The invitation of %(email)s is taken back.") % {"email": found.email}

    return _answer(request, revoke)


# Where an invited person comes in. The link is the permission to see it, the account to join.


@unlisted
def join(request: HttpRequest, token: str) -> HttpResponse:
    invitation = queries.invitation_behind(token)
    if invitation is None or invitation.expires_at <= timezone.now():
        return render(request, "team/ended.html", status=404 if invitation is None else 410)
    if request.user.is_authenticated:
        return _join_as(request, invitation, request.user)
    if queries.account_of(invitation):
        return render(request, "team/sign_in.html", {"invitation": invitation})
    return _open_account(request, invitation)


def _join_as(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    page = {"invitation": invitation, "is_theirs": user.email.lower() == invitation.email.lower()}
    if request.method != "POST":
        return render(request, "team/join.html", page)
    try:
        operations.accept_invitation(invitation=invitation, user=user, now=timezone.now())
    except Refusal as refusal:
        return render(request, "team/join.html", page | {"refusal": refusal}, status=refusal.status)
    return _come_in(request, invitation)


def _open_account(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = JoinForm(request.POST or None, email=invitation.email)
    if form.is_valid():
        try:
            user = operations.open_account(
                invitation=invitation,
                **form.cleaned_data,
                now=timezone.now(),
                language=get_language() or "",
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            login(request, user)
            return _come_in(request, invitation)
    page = {"form": form, "invitation": invitation}
    return render(request, "team/open_account.html", page, status=422 if form.errors else 200)


def _come_in(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    welcome = _("Welcome to %(name)s.") % {"name": invitation.organization}
    messages.success(request, welcome)
    return redirect("orders:list", invitation.organization.slug)


def _answer(request: MemberRequest, act: Callable[[], str]) -> HttpResponse:
    """Do it and say so, or say why not, on the page of the team."""
    try:
        messages.success(request, act())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("team:team", request.organization.slug)


def _member(request: MemberRequest, pk: int) -> Membership:
    members = queries.members(request.organization).select_related("organization")
    return get_object_or_404(members, pk=pk)


def _invitation(request: MemberRequest, pk: int) -> Invitation:
    found = request.organization.invitations.select_related("organization")
    invitation = found.filter(pk=pk).first()
    if invitation is None:
        raise Http404
    return invitation
