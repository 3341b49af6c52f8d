from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.orders.models import Order


class Payment(models.Model):
    """
    One way in which money comes to an order, in minor units of the order's currency.

    The amounts are the sums of its entries. `authorized` is held or taken, `captured` is taken,
    `refund_claimed` is returned or about to be, and `refunded` has left.
    """

    class Provider(models.TextChoices):
        MANUAL = "manual", _("By hand")
        STRIPE = "stripe", _("Stripe")

    class Method(models.TextChoices):
        BANK_TRANSFER = "bank_transfer", _("Bank transfer")
        CASH = "cash", _("Cash")
        CARD = "card", _("Card")
        OTHER = "other", _("Other")

    class Status(models.TextChoices):
        PENDING = "pending", _("Not paid yet")
        REQUIRES_ACTION = "requires_action", _("Waits for the customer's bank")
        AUTHORIZED = "authorized", _("Authorized")
        CAPTURED = "captured", _("Paid")
        FAILED = "failed", _("Failed")
        VOIDED = "voided", _("Voided")
        EXPIRED = "expired", _("Expired")

    class CaptureMethod(models.TextChoices):
        AUTOMATIC = "automatic", _("At once")
        MANUAL = "manual", _("Later, by hand")

    # Those with which the provider may still do something by itself.
    OPEN = (Status.PENDING, Status.REQUIRES_ACTION)

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="payments", db_constraint=False
    )
    provider = models.CharField(max_length=10, choices=Provider, default=Provider.MANUAL)
    method = models.CharField(max_length=20, choices=Method)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    capture_method = models.CharField(
        max_length=10, choices=CaptureMethod, default=CaptureMethod.AUTOMATIC
    )
    amount = models.BigIntegerField()
    authorized = models.BigIntegerField(default=0)
    captured = models.BigIntegerField(default=0)
    refund_claimed = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    # What it is called there; empty until the provider answered.
    provider_ref = models.CharField(max_length=255, blank=True)
    # What stands on the bank statement.
    reference = models.CharField(max_length=100, blank=True)
    # Why the payer's last try failed, in words for the payer.
    error = models.CharField(max_length=500, blank=True)
    # What makes a repeated request the same request.
    idempotency_key = models.CharField(max_length=255, blank=True)
    request_fingerprint = models.CharField(max_length=64, blank=True)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    # When the provider was last asked how it is.
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=Q(method__in=["bank_transfer", "cash", "card", "other"]),
                name="payment_method_known",
            ),
            models.CheckConstraint(
                condition=Q(provider__in=["manual", "stripe"]), name="payment_provider_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "pending",
                        "requires_action",
                        "authorized",
                        "captured",
                        "failed",
                        "voided",
                        "expired",
                    ]
                ),
                name="payment_status_known",
            ),
            models.CheckConstraint(
                condition=Q(captured__gte=0, captured__lte=F("amount"))
                & Q(captured__lte=F("authorized")),
                name="payment_captures_what_it_may",
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("refund_claimed"))
                & Q(refund_claimed__lte=F("captured")),
                name="payment_returns_what_it_has",
            ),
            models.UniqueConstraint(
                fields=["provider", "provider_ref"],
                condition=~Q(provider_ref=""),
                name="payment_provider_ref_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="payment_idempotency_key_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["checked_at"],
                condition=Q(
                    provider="stripe", status__in=["pending", "requires_action", "authorized"]
                ),
                name="payment_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} by {self.get_method_display().lower()}"

    @property
    def capturable(self) -> int:
        return self.authorized - self.captured

    @property
    def refundable(self) -> int:
        return self.captured - self.refund_claimed


class PaymentAttempt(models.Model):
    """
    One call asked of the provider, written down before it is made.

    `key` goes with the call, so that asking again never does it twice. No answer is `unknown`,
    never `failed`: it is asked again, or looked up, until it is one or the other. A refund is an
    attempt of that kind; where no provider can be asked, it is `pending` until a person did it.
    """

    class Kind(models.TextChoices):
        INTENT = "intent", _("Payment")
        CAPTURE = "capture", _("Capture")
        VOID = "void", _("Void")
        REFUND = "refund", _("Refund")

    class Status(models.TextChoices):
        PENDING = "pending", _("Under way")
        SUCCEEDED = "succeeded", _("Done")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("No answer yet")

    UNFINISHED = (Status.PENDING, Status.UNKNOWN)

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="attempts", db_constraint=False
    )
    kind = models.CharField(max_length=10, choices=Kind)
    amount = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    provider_ref = models.CharField(max_length=255, blank=True)
    error = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    idempotency_key = models.CharField(max_length=255, blank=True)
    request_fingerprint = models.CharField(max_length=64, blank=True)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="attempt_positive"),
            models.CheckConstraint(
                condition=Q(kind__in=["intent", "capture", "void", "refund"]),
                name="attempt_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "succeeded", "failed", "unknown"]),
                name="attempt_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "unknown"], finished_at=None)
                | Q(status__in=["succeeded", "failed"], finished_at__isnull=False),
                name="attempt_ends_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="attempt_idempotency_key_once",
            ),
            # Two captures, or two voids, of one payment would fight over the same money.
            models.UniqueConstraint(
                fields=["payment", "kind"],
                condition=Q(kind__in=["capture", "void"], status__in=["pending", "unknown"]),
                name="attempt_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["pending", "unknown"]),
                name="attempt_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.amount}, {self.get_status_display().lower()}"


class PaymentEntry(models.Model):
    """
    Money that moved, or was held, or let go: never changed, never deleted.

    Named by the provider's own reference, so that whoever books it second finds it booked.
    """

    class Kind(models.TextChoices):
        AUTHORIZE = "authorize", _("Authorized")
        CAPTURE = "capture", _("Paid")
        VOID = "void", _("Let go")
        REFUND = "refund", _("Refunded")
        REFUND_FAILED = "refund_failed", _("Refund failed")
        CHARGEBACK = "chargeback", _("Charged back")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="entries", db_constraint=False
    )
    kind = models.CharField(max_length=15, choices=Kind)
    amount = models.BigIntegerField()
    provider_ref = models.CharField(max_length=255)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "kind", "provider_ref"], name="payment_entry_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_entry_positive"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "authorize",
                        "capture",
                        "void",
                        "refund",
                        "refund_failed",
                        "chargeback",
                    ]
                ),
                name="payment_entry_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class ProviderEvent(models.Model):
    """
    What a provider told us by webhook, kept before anything is made of it.

    It belongs to no organization until we know which payment it is about.
    """

    # An event of our own is recorded for it, once.
    version = 1

    provider = models.CharField(max_length=10, choices=Payment.Provider)
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=100)
    payload = models.JSONField()
    received_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
