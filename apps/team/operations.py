"""Who joins an organization, as what, and who leaves it. It always keeps an owner."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Membership, Organization, User
from apps.core.errors import InvalidInput, Refusal
from apps.events import operations as events
from apps.team.models import Invitation

INVITATIONS_LAST = timedelta(days=14)
Role = Membership.Role


class NotYours(Refusal):
    """Only an owner decides about owners."""

    status = 403


class LastOwner(Refusal):
    """An organization without an owner could never get one again."""


class NotInvited(Refusal):
    """The invitation has been accepted, taken back, is too old, or is somebody else's."""


class InvitedAlready(InvalidInput):
    pass


@transaction.atomic
def invite(
    *, organization: Organization, email: str, role: Role, invited_by: User, now: datetime
) -> Invitation:
    """
    Ask somebody to join, by mail. Raises InvitedAlready, also for a member, and NotYours.
    """
    _lock(organization)
    _insist_on_owner(organization, invited_by, role)
    if organization.memberships.filter(user__email__iexact=email).exists():
        raise InvitedAlready(_("This person is a member already."), field="email")
    former = organization.invitations.filter(
        email__iexact=email, accepted_at=None, revoked_at=None
    ).first()
    if former is not None:
        raise InvitedAlready(
            _("This person is invited already. Send the invitation again below."), field="email"
        )
    invitation = Invitation.objects.create(
        organization=organization,
        email=email,
        role=role,
        invited_by=invited_by,
        expires_at=now + INVITATIONS_LAST,
    )
    events.record(invitation, "invitation.sent", actor=invited_by)
    return invitation


@transaction.atomic
def resend_invitation(*, invitation: Invitation, resent_by: User, now: datetime) -> Invitation:
    """
    Send a new link, with its time from the start; the former one ends.

    Raises NotInvited and NotYours.
    """
    invitation = _locked(invitation)
    _insist_on_owner(invitation.organization, resent_by, Role(invitation.role))
    invitation.expires_at = now + INVITATIONS_LAST
    _happened(invitation, "invitation.sent", "expires_at", actor=resent_by)
    return invitation


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, revoked_by: User, now: datetime) -> Invitation:
    """Take an invitation back: its link ends. Raises NotInvited and NotYours."""
    invitation = _locked(invitation)
    _insist_on_owner(invitation.organization, revoked_by, Role(invitation.role))
    invitation.revoked_at = now
    _happened(invitation, "invitation.revoked", "revoked_at", actor=revoked_by)
    return invitation


@transaction.atomic
def accept_invitation(*, invitation: Invitation, user: User, now: datetime) -> Membership:
    """Make the invited person a member. Raises NotInvited, also for another person's account."""
    seen = invitation.version
    invitation = _locked(invitation)
    if invitation.version != seen or invitation.expires_at <= now:
        raise NotInvited(_("This invitation has ended. Ask for a new one."))
    if user.email.casefold() != invitation.email.casefold():
        raise NotInvited(_("This invitation is for another address than yours."))
    member, _created = Membership.objects.get_or_create(
        organization=invitation.organization, user=user, defaults={"role": invitation.role}
    )
    invitation.accepted_at = now
    _happened(invitation, "invitation.accepted", "accepted_at", actor=user)
    return member


@transaction.atomic
def open_account(
    *, invitation: Invitation, name: str, password: str, now: datetime, language: str = ""
) -> User:
    """
    Make an account for the invited person, and them a member. Raises NotInvited.

    Their address needs no confirmation: the link was mailed to it. Without a language they read
    that of the organization.
    """
    invitation = _locked(invitation)
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                invitation.email, password, name=name, language=language
            )
    except IntegrityError as error:
        # From before, or by the invitation of another organization at the same moment.
        if User.objects.filter(email__iexact=invitation.email).exists():
            raise NotInvited(
                _("There is an account of this address. Sign in to accept.")
            ) from error
        raise
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    accept_invitation(invitation=invitation, user=user, now=now)
    return user


@transaction.atomic
def change_role(*, member: Membership, role: Role, changed_by: User) -> Membership:
    """Give a member another role. Raises LastOwner, and NotYours unless an owner says so."""
    member = _locked_member(member)
    _insist_on_owner(member.organization, changed_by, role, Role(member.role))
    if role != Role.OWNER:
        _insist_on_another_owner(member)
    member.role = role
    member.save(update_fields=["role"])
    return member


@transaction.atomic
def remove_member(*, member: Membership, removed_by: User) -> None:
    """Take somebody out, or leave oneself. What they did stays. Raises LastOwner and NotYours."""
    member = _locked_member(member)
    if member.user_id != removed_by.pk:
        _insist_on_owner(member.organization, removed_by, Role(member.role))
    _insist_on_another_owner(member)
    member.delete()


def _lock(organization: Organization) -> None:
    # Whoever changes the team holds this row: of two last owners who leave at once, one is asked
    # after the other is gone.
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)


def _locked(invitation: Invitation) -> Invitation:
    _lock(invitation.organization)
    rows = Invitation.objects.select_for_update(of=("self",), no_key=True)
    now = rows.select_related("organization").get(pk=invitation.pk)
    if now.accepted_at or now.revoked_at:
        raise NotInvited(_("This invitation has ended. Ask for a new one."))
    return now


def _locked_member(member: Membership) -> Membership:
    _lock(member.organization)
    found = Membership.objects.select_related("organization", "user").filter(pk=member.pk).first()
    if found is None:
        raise Refusal(_("This person is not a member any more."))
    return found


def _happened(invitation: Invitation, event: str, *fields: str, actor: User) -> None:
    invitation.version += 1
    invitation.save(update_fields=[*fields, "version"])
    events.record(invitation, event, actor=actor)


def _insist_on_owner(organization: Organization, actor: User, *roles: Role) -> None:
    """Raise NotYours when owners are concerned and the actor is none."""
    if Role.OWNER not in roles:
        return
    if not organization.memberships.filter(user=actor, role=Role.OWNER).exists():
        raise NotYours(_("Only an owner decides who is an owner."))


def _insist_on_another_owner(member: Membership) -> None:
    owners = member.organization.memberships.filter(role=Role.OWNER)
    if member.role == Role.OWNER and not owners.exclude(pk=member.pk).exists():
        raise LastOwner(_("The last owner cannot go. Make somebody else an owner first."))
