from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from apps.accounts.models import Organization, User


class SavedView(models.Model):
    """
    A list of orders worth coming back to: a name for what its address asks.

    `query` is what FilterForm made of the address: known fields and valid values only, in one
    order, so that a list knows its view by comparing them.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="saved_views"
    )
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1000, blank=True)
    # Colleagues see it too; changing it stays with its owner, and with keepers.
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "owner", "name"], name="saved_view_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name
