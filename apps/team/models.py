from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from apps.accounts.models import Membership, Organization, User


class Invitation(models.Model):
    """
    That somebody may join an organization, until it is accepted, taken back or too old.

    Its link is signed and holds its version, so nothing secret is stored: whoever reads this table
    cannot make one, and a link that was sent before the latest ends with it.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Membership.Role)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization",
                Lower("email"),
                condition=Q(accepted_at=None, revoked_at=None),
                name="invited_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(
                    role__in=["owner", "admin", "manager", "warehouse", "accounting", "viewer"]
                ),
                name="invitation_role_known",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(revoked_at=None), name="invitation_ends_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.organization_id}"
