"""Who works in an organization, who is invited, and the link that lets them in."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.urls import reverse

from apps.accounts.models import Membership, Organization, User
from apps.team.models import Invitation

# A link of ours means nothing to another signer, and theirs nothing to us.
SALT = "apps.team.invitation"


def members(organization: Organization) -> QuerySet[Membership]:
    """Everybody with their role, by name."""
    found = organization.memberships.select_related("user")
    return found.order_by("user__name", "user__email")


def open_invitations(organization: Organization) -> QuerySet[Invitation]:
    """Those that nobody has accepted or taken back, newest first; some may be too old."""
    found = organization.invitations.filter(accepted_at=None, revoked_at=None)
    return found.select_related("invited_by").order_by("-pk")


def invitation_link(invitation: Invitation) -> str:
    """Return the address where the invited person joins. It ends with this version of it."""
    token = Signer(salt=SALT).sign_object([invitation.pk, invitation.version])
    return settings.PUBLIC_BASE_URL + reverse("join", args=[token])


def invitation_behind(token: str) -> Invitation | None:
    """Return the open invitation a link is about, unless it is none of ours or not the latest."""
    try:
        pk, version = Signer(salt=SALT).unsign_object(token)
    except (BadSignature, ValueError):
        return None
    still_open = Invitation.objects.filter(accepted_at=None, revoked_at=None)
    found = still_open.filter(pk=pk, version=version)
    return found.select_related("organization", "invited_by").first()


def account_of(invitation: Invitation) -> User | None:
    """The account of the invited address, if it has one."""
    return User.objects.filter(email__iexact=invitation.email).first()
