from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.files.models import StoredFile
from apps.orders.models import Credit, Order

# What the label of a document begins with, by series.
PREFIXES = {"invoice": "INV", "credit_note": "CN"}


class Invoice(models.Model):
    """
    An invoice or credit note as it was issued. A trigger refuses to change or delete it, whoever
    asks: what was wrong is corrected by the next document.

    Seller, buyer, lines and tax are copies. Amounts in minor units of `currency`, never negative:
    the kind says who owes them.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("Invoice")
        CREDIT_NOTE = "credit_note", _("Credit note")

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="invoices"
    )
    kind = models.CharField(max_length=12, choices=Kind, db_default=Kind.INVOICE)
    # The key of the counter that its number was drawn from.
    series = models.CharField(max_length=40, db_default="invoice")
    number = models.PositiveIntegerField()
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="invoices", db_constraint=False
    )
    # The invoice that a credit note takes back: a credit of the order says how much of it, and
    # where there is none, all that was left.
    corrects = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="credit_notes",
        db_constraint=False,
    )
    credit = models.OneToOneField(
        Credit, null=True, on_delete=models.PROTECT, related_name="credit_note", db_constraint=False
    )
    # The invoice that this one was issued in place of. The invoices of an order are one chain, of
    # which the last alone can stand.
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="successor", db_constraint=False
    )
    reason = models.CharField(max_length=500, db_default="")
    issued_on = models.DateField()
    due_on = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    seller = models.JSONField()
    buyer = models.JSONField()
    lines = models.JSONField()
    # Shipping and fees: {"name", "tax_rate", "net", "tax", "gross"}
    charges = models.JSONField(db_default=models.Value([], models.JSONField()))
    # One entry a rate: {"rate": "19.0000", "net": 100, "tax": 19, "gross": 119}
    tax_breakdown = models.JSONField()
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    gross = models.BigIntegerField()
    # What of it had been paid when it was issued.
    prepaid = models.BigIntegerField(db_default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "series", "number"], name="invoice_series_number_once"
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(kind="invoice", replaces=None),
                name="one_first_invoice_per_order",
            ),
            models.UniqueConstraint(
                fields=["corrects"], condition=Q(credit=None), name="invoice_reversed_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="invoice", corrects=None, credit=None)
                | Q(kind="credit_note", corrects__isnull=False, replaces=None),
                name="credit_notes_correct_an_invoice",
            ),
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="invoice_adds_up"),
            models.CheckConstraint(
                condition=Q(net__gte=0, tax__gte=0, prepaid__gte=0, prepaid__lte=F("gross")),
                name="invoice_amounts_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(kind="invoice"), name="invoice_due"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return f"{PREFIXES[self.series]}-{self.number:05d}"

    @property
    def is_credit_note(self) -> bool:
        return self.kind == self.Kind.CREDIT_NOTE

    @property
    def payable(self) -> int:
        """What of it was still to be paid when it was issued."""
        return self.gross - self.prepaid


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


class Reminder(models.Model):
    """That a customer was reminded of an invoice, `level` counting from the first, mildest one."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="reminders", db_constraint=False
    )
    level = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "level"], name="reminder_level_once"),
        ]

    def __str__(self) -> str:
        return f"Reminder {self.level} of {self.invoice_id}"
