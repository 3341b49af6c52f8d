from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User


class StoredFile(models.Model):
    """
    One object in S3 and what we know of it. The object's own metadata is never asked for.

    An upload is `pending` until the worker has looked at the bytes; only `ready` ones are shown.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Being checked")
        READY = "ready", _("Ready")
        REFUSED = "refused", _("Refused")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="files")
    # Never guessable and never used twice: organization/year/uuid.ending
    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    # Why it was refused, in words for the person who uploaded it.
    problem = models.CharField(max_length=200, blank=True)
    # Whether a small one lies beside it, for lists; empty: nobody has tried to draw it yet.
    thumbnail = models.BooleanField(null=True)
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["pending", "ready", "refused"]), name="file_status_known"
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="file_not_empty"),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(
                    status="ready", content_type__startswith="image/", thumbnail__isnull=True
                ),
                name="file_thumbnail_wanted",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def thumbnail_key(self) -> str:
        return f"{self.key}.thumbnail.webp"
