from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.orders.models.order import Order


class Credit(models.Model):
    """
    Why a customer owes less than the order came to: goods came back, or we gave in.

    Amounts in minor units. `lines` says of what: one entry a line or charge, as
    {"order_line", "sku", "name", "quantity", "tax_rate", "net", "tax", "gross"}; a charge and a
    goodwill have no quantity, a charge has no order_line.
    """

    class Kind(models.TextChoices):
        RETURN = "return", _("Return")
        GOODWILL = "goodwill", _("Goodwill")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="credits", db_constraint=False
    )
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.CharField(max_length=500, blank=True)
    lines = models.JSONField()
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    gross = models.BigIntegerField()
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="credit_adds_up"),
            models.CheckConstraint(
                condition=Q(gross__gt=0, net__gte=0, tax__gte=0), name="credit_positive"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["return", "goodwill"]), name="credit_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gross} for {self.get_kind_display().lower()}"


class OrderHold(models.Model):
    """A reason to stop for a while. Nothing ships under one; a risk is not confirmed either."""

    class Kind(models.TextChoices):
        RISK = "risk", _("Risk")
        MANUAL = "manual", _("Manual")
        ADDRESS = "address", _("Address")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="holds", db_constraint=False
    )
    kind = models.CharField(max_length=16, choices=Kind)
    reason = models.CharField(max_length=500)
    placed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    placed_at = models.DateTimeField(db_default=Now())
    released_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=Q(released_at=None),
                name="one_active_hold_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["risk", "manual", "address"]), name="hold_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"
