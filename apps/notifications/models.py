from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.accounts.models import Organization
from apps.events.models import Event
from apps.files.models import StoredFile


class OutgoingEmail(models.Model):
    """
    One message, written when its reason arose and sent by the worker.

    `sent_at` is empty until the mail server took it. Its Message-ID is made of its id, so that a
    mail server that is given it twice can tell.
    """

    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.CASCADE, related_name="+"
    )
    # Why it was written; empty for mail about an account (sign-up, password).
    event = models.ForeignKey(Event, null=True, on_delete=models.SET_NULL, related_name="+")
    template = models.CharField(max_length=60)
    recipient = models.EmailField()
    subject = models.CharField(max_length=300)
    body = models.TextField()
    # The same as HTML; empty: text alone is sent.
    html = models.TextField(blank=True, default="", db_default="")
    attachment = models.ForeignKey(
        StoredFile, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event", "template", "recipient"],
                condition=Q(event__isnull=False),
                name="mail_once_per_event",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} to {self.recipient}"
