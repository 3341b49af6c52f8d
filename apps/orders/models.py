from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse

from apps.accounts.models import Organization
from apps.catalog.models import Variant
from apps.customers.models import Customer


class Order(models.Model):
    """
    An order and the sums of its lines, in minor units of `currency`.

    `status` is the only machine; how far payment and fulfilment are is derived from quantities and
    amounts, and stored for filters.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PENDING = "pending", "Pending"
        CONFIRMED = "confirmed", "Confirmed"
        COMPLETED = "completed", "Completed"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired"

    class PaymentStatus(models.TextChoices):
        UNPAID = "unpaid", "Unpaid"
        PARTIALLY_PAID = "partially_paid", "Partly paid"
        PAID = "paid", "Paid"
        OVERPAID = "overpaid", "Overpaid"

    class FulfillmentStatus(models.TextChoices):
        UNFULFILLED = "unfulfilled", "Unfulfilled"
        PARTIALLY_FULFILLED = "partially_fulfilled", "Partly fulfilled"
        FULFILLED = "fulfilled", "Fulfilled"

    class Channel(models.TextChoices):
        STAFF = "staff", "Staff"
        API = "api", "API"
        IMPORT = "import", "Import"

    # The whole life of an order. A pair that is not here cannot happen: a confirmed order, for one,
    # cannot expire, even when the payment arrives in the middle of the sweep.
    MOVES = {
        (Status.DRAFT, "place"): Status.PENDING,
        (Status.PENDING, "confirm"): Status.CONFIRMED,
        (Status.PENDING, "cancel"): Status.CANCELLED,
        (Status.PENDING, "expire"): Status.EXPIRED,
        (Status.CONFIRMED, "cancel"): Status.CANCELLED,
        (Status.CONFIRMED, "complete"): Status.COMPLETED,
    }

    # What `operations` wrote a moment ago, so that the door that shows it need not read it again.
    written_lines: list[OrderLine] | None = None

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="orders")
    number = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    channel = models.CharField(max_length=16, choices=Channel, default=Channel.STAFF)

    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="orders", db_constraint=False
    )
    # What the customer was called and where they lived when they ordered.
    customer_name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    shipping_address = models.TextField(blank=True)
    note = models.TextField(blank=True)

    currency = models.CharField(max_length=3)
    prices_include_tax = models.BooleanField()
    net = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    captured = models.BigIntegerField(default=0)
    payment_status = models.CharField(
        max_length=20, choices=PaymentStatus, default=PaymentStatus.UNPAID
    )
    fulfillment_status = models.CharField(
        max_length=20, choices=FulfillmentStatus, default=FulfillmentStatus.UNFULFILLED
    )

    placed_at = models.DateTimeField(null=True)
    # Until when its stock is kept without money; empty: as long as it takes.
    expires_at = models.DateTimeField(null=True)
    closed_reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    # The order's name where it came from. With the channel it makes an import repeatable.
    external_ref = models.CharField(max_length=64, blank=True)
    idempotency_key = models.CharField(max_length=255, blank=True)
    request_fingerprint = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="order_number_once"),
            models.UniqueConstraint(
                fields=["organization", "channel", "external_ref"],
                condition=~Q(external_ref=""),
                name="order_external_ref_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="order_idempotency_key_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "draft",
                        "pending",
                        "confirmed",
                        "completed",
                        "cancelled",
                        "expired",
                    ]
                ),
                name="order_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="draft", number=None, placed_at=None)
                | Q(~Q(status="draft"), number__isnull=False, placed_at__isnull=False),
                name="order_numbered_when_placed",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(status__in=["pending", "expired"]),
                name="only_waiting_orders_expire",
            ),
            models.CheckConstraint(condition=Q(total=F("net") + F("tax")), name="order_adds_up"),
            models.CheckConstraint(
                condition=Q(net__gte=0, tax__gte=0, captured__gte=0),
                name="order_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="order_currency_is_iso_4217"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-placed_at", "-id"], name="order_list"),
            models.Index(
                fields=["organization", "status", "-placed_at", "-id"], name="order_list_by_status"
            ),
            models.Index(fields=["expires_at"], condition=Q(status="pending"), name="order_expiry"),
        ]

    def __str__(self) -> str:
        return f"Order {self.number}" if self.number else f"Draft {self.pk}"

    def get_absolute_url(self) -> str:
        if self.number is None:
            return reverse("orders:draft", args=[self.organization.slug, self.pk])
        return reverse("orders:order", args=[self.organization.slug, self.number])

    @property
    def balance(self) -> int:
        """What the customer still owes, in minor units; negative when they paid too much."""
        return self.total - self.captured

    def is_overdue(self, now: datetime) -> bool:
        return (
            self.status == self.Status.PENDING
            and self.expires_at is not None
            and self.expires_at < now
            and not self.captured
        )


class OrderLine(models.Model):
    """What was ordered, frozen as it was called and priced then. Amounts in minor units."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="lines", db_constraint=False
    )
    position = models.PositiveSmallIntegerField()
    # Empty for what our catalogue does not know: a line of an imported order.
    variant = models.ForeignKey(
        Variant, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=330)
    quantity = models.PositiveIntegerField()
    shipped = models.PositiveIntegerField(default=0)
    unit_price = models.DecimalField(max_digits=20, decimal_places=6)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4)
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    gross = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="line_position_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity_positive"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="line_price_not_negative"),
            models.CheckConstraint(
                condition=Q(shipped__lte=F("quantity")), name="line_not_shipped_twice"
            ),
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="line_adds_up"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"
