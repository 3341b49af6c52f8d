from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.accounts.models import Organization
from apps.files.models import StoredFile
from apps.orders.models import Order


class Invoice(models.Model):
    """
    An invoice as it was issued. A trigger refuses to change or delete it, whoever asks.

    Seller, buyer, lines and tax are copies. Amounts in minor units of `currency`.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="invoices"
    )
    number = models.PositiveIntegerField()
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="invoices", db_constraint=False
    )
    issued_on = models.DateField()
    currency = models.CharField(max_length=3)
    seller = models.JSONField()
    buyer = models.JSONField()
    lines = models.JSONField()
    # One entry a rate: {"rate": "19.0000", "net": 100, "tax": 19, "gross": 119}
    tax_breakdown = models.JSONField()
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    gross = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="invoice_number_once"),
            models.UniqueConstraint(fields=["order"], name="one_invoice_per_order"),
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="invoice_adds_up"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return f"INV-{self.number:05d}"


class InvoiceDocument(models.Model):
    """The PDF of an invoice. Beside the invoice, because that never changes again."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    invoice = models.OneToOneField(
        Invoice, on_delete=models.PROTECT, related_name="document", db_constraint=False
    )
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    rendered_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"PDF of {self.invoice_id}"
