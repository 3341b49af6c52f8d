from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.accounts.models import Organization, User
from apps.orders.models import Order


class Payment(models.Model):
    """Money that arrived for an order, in minor units of the order's currency."""

    class Method(models.TextChoices):
        BANK_TRANSFER = "bank_transfer", "Bank transfer"
        CASH = "cash", "Cash"
        OTHER = "other", "Other"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="payments", db_constraint=False
    )
    method = models.CharField(max_length=20, choices=Method)
    captured = models.BigIntegerField()
    # What stands on the bank statement.
    reference = models.CharField(max_length=100, blank=True)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(captured__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=Q(method__in=["bank_transfer", "cash", "other"]),
                name="payment_method_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.captured} by {self.get_method_display().lower()}"
