from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Upper
from django.urls import reverse

from apps.accounts.models import Organization, TaxRounding, User
from apps.catalog.models import Variant
from apps.customers.models import Customer


class Order(models.Model):
    """
    An order and the sums of its lines, in minor units of `currency`.

    Newer columns have a default in the database too: the release before, which does not know them,
    still writes orders while this one migrates.

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
        AUTHORIZED = "authorized", "Authorized"
        PARTIALLY_PAID = "partially_paid", "Partly paid"
        PAID = "paid", "Paid"
        OVERPAID = "overpaid", "Overpaid"
        PARTIALLY_REFUNDED = "partially_refunded", "Partly refunded"
        REFUNDED = "refunded", "Refunded"

    class FulfillmentStatus(models.TextChoices):
        UNFULFILLED = "unfulfilled", "Unfulfilled"
        PARTIALLY_FULFILLED = "partially_fulfilled", "Partly fulfilled"
        FULFILLED = "fulfilled", "Fulfilled"

    class ReturnStatus(models.TextChoices):
        NONE = "none", "No return"
        REQUESTED = "requested", "Return requested"
        IN_PROGRESS = "in_progress", "Return under way"
        RETURNED = "returned", "Returned"

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
        (Status.EXPIRED, "revive"): Status.PENDING,
        (Status.CONFIRMED, "edit"): Status.CONFIRMED,
        (Status.CONFIRMED, "cancel"): Status.CANCELLED,
        (Status.CONFIRMED, "complete"): Status.COMPLETED,
    }

    # What `operations` wrote a moment ago, so that the door that shows it need not read it again.
    written_lines: list[OrderLine] | None = None
    written_adjustments: list[Adjustment] | None = None
    # The version that whoever gives an order last saw; empty: any. `lock_order` compares it.
    expected_version: int | None = None

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
    # ISO 3166-1 alpha-2; empty: the seller's own.
    country = models.CharField(max_length=2, blank=True, default="", db_default="")
    note = models.TextField(blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, db_default=[])
    assignee = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    # What other systems keep with an order; nothing here reads it.
    metadata = models.JSONField(default=dict, db_default={})

    currency = models.CharField(max_length=3)
    prices_include_tax = models.BooleanField()
    tax_rounding = models.CharField(
        max_length=5, choices=TaxRounding, default=TaxRounding.LINE, db_default=TaxRounding.LINE
    )
    net = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    # By how much the customer owes less since: returns and goodwill. The sum of its credits.
    credited = models.BigIntegerField(default=0, db_default=0)
    # Held by a provider and not captured yet.
    authorized = models.BigIntegerField(default=0, db_default=0)
    captured = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0, db_default=0)
    payment_status = models.CharField(
        max_length=20, choices=PaymentStatus, default=PaymentStatus.UNPAID
    )
    fulfillment_status = models.CharField(
        max_length=20, choices=FulfillmentStatus, default=FulfillmentStatus.UNFULFILLED
    )
    return_status = models.CharField(
        max_length=12, choices=ReturnStatus, default=ReturnStatus.NONE, db_default=ReturnStatus.NONE
    )
    # The kinds of its active holds, sorted.
    hold_kinds = ArrayField(models.CharField(max_length=16), default=list, db_default=[])

    placed_at = models.DateTimeField(null=True)
    # Until when its stock is kept without money; empty: as long as it takes.
    expires_at = models.DateTimeField(null=True)
    # When it was paid in full for the first time.
    paid_at = models.DateTimeField(null=True)
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
                condition=Q(net__gte=0, tax__gte=0, captured__gte=0, authorized__gte=0),
                name="order_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("captured")),
                name="order_not_refunded_twice",
            ),
            models.CheckConstraint(
                condition=Q(credited__gte=0, credited__lte=F("total")),
                name="order_not_credited_twice",
            ),
            models.CheckConstraint(
                condition=Q(tax_rounding__in=["line", "total"]), name="order_tax_rounding_known"
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
            # What is done is most of it, and is left out: each of these is what waits for somebody.
            models.Index(
                fields=["organization", "payment_status", "-placed_at", "-id"],
                condition=~Q(payment_status="paid"),
                name="order_list_by_payment",
            ),
            models.Index(
                fields=["organization", "fulfillment_status", "-placed_at", "-id"],
                condition=~Q(fulfillment_status="fulfilled"),
                name="order_list_by_fulfillment",
            ),
            models.Index(
                fields=["organization", "return_status", "-placed_at", "-id"],
                condition=~Q(return_status="none"),
                name="order_list_by_return",
            ),
            models.Index(
                fields=["organization", "-placed_at", "-id"],
                condition=~Q(tags=[]),
                name="order_list_tagged",
            ),
            models.Index("organization", Upper("email"), name="order_search_email"),
            GinIndex(
                "organization",
                OpClass(Upper("customer_name"), name="gin_trgm_ops"),
                name="order_search_name",
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
    def due(self) -> int:
        """What the customer has to pay in all, in minor units."""
        return 0 if self.is_void else self.total - self.credited

    @property
    def kept(self) -> int:
        """What of the customer's money is here, in minor units."""
        return self.captured - self.refunded

    @property
    def balance(self) -> int:
        """What the customer still owes, in minor units; negative: what is owed to them."""
        return self.due - self.kept

    @property
    def owed_back(self) -> int:
        """What is owed to the customer, in minor units."""
        return max(-self.balance, 0)

    @property
    def is_void(self) -> bool:
        return self.status in {self.Status.CANCELLED, self.Status.EXPIRED}

    def is_overdue(self, now: datetime) -> bool:
        return (
            self.status == self.Status.PENDING
            and self.expires_at is not None
            and self.expires_at < now
            and not self.captured
            and not self.authorized
        )


class OrderLine(models.Model):
    """
    What was ordered, frozen as it was called and priced then.

    Amounts, in minor units, are of the units that are still wanted: `quantity` less `cancelled`.
    """

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
    cancelled = models.PositiveIntegerField(default=0, db_default=0)
    # On a pick list that has not left yet.
    picking = models.PositiveIntegerField(default=0, db_default=0)
    shipped = models.PositiveIntegerField(default=0)
    # On a return that has not come in yet.
    returning = models.PositiveIntegerField(default=0, db_default=0)
    returned = models.PositiveIntegerField(default=0, db_default=0)
    unit_price = models.DecimalField(max_digits=20, decimal_places=6)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4)
    # Its share of the order's discounts, in the prices of the order (with tax or without).
    discount = models.BigIntegerField(default=0, db_default=0)
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    gross = models.BigIntegerField()
    credited = models.BigIntegerField(default=0, db_default=0)
    credited_tax = models.BigIntegerField(default=0, db_default=0)
    # Units whose value was credited: the last of them takes what is left.
    credited_units = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="line_position_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity_positive"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="line_price_not_negative"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("cancelled") + F("picking") + F("shipped")),
                name="line_not_shipped_twice",
            ),
            models.CheckConstraint(
                condition=Q(shipped__gte=F("returned") + F("returning")),
                name="line_not_returned_twice",
            ),
            models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name="line_adds_up"),
            models.CheckConstraint(
                condition=Q(discount__gte=0, net__gte=0, tax__gte=0),
                name="line_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    credited__gte=F("credited_tax"),
                    credited_tax__gte=0,
                    credited__lte=F("gross"),
                    credited_tax__lte=F("tax"),
                ),
                name="line_not_credited_twice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"

    @property
    def wanted(self) -> int:
        return self.quantity - self.cancelled

    @property
    def unshipped(self) -> int:
        return self.wanted - self.shipped

    @property
    def listed(self) -> int:
        """What it costs before discounts, in the prices of the order: with tax or without."""
        return self.discount + (self.gross if self.order.prices_include_tax else self.net)

    @property
    def open(self) -> int:
        """Units that no pick list has claimed yet."""
        return self.unshipped - self.picking

    @property
    def returnable(self) -> int:
        return self.shipped - self.returned - self.returning


class Adjustment(models.Model):
    """
    A discount on the whole order, or a charge beside its lines.

    `amount` is in the prices of the order (with tax or without), minor units. A discount with a
    `percent` takes that of the lines. Discounts live on in the lines' `discount` and add nothing
    here; charges are taxed and have amounts of their own.
    """

    class Kind(models.TextChoices):
        DISCOUNT = "discount", "Discount"
        SHIPPING = "shipping", "Shipping"
        FEE = "fee", "Fee"
        SURCHARGE = "surcharge", "Surcharge"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="adjustments", db_constraint=False
    )
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    label = models.CharField(max_length=100)
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    amount = models.BigIntegerField(default=0)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    net = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    gross = models.BigIntegerField(default=0)
    credited = models.BigIntegerField(default=0)
    credited_tax = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="adjustment_position_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["discount", "shipping", "fee", "surcharge"]),
                name="adjustment_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0, net__gte=0, tax__gte=0),
                name="adjustment_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(percent=None) | Q(kind="discount", percent__gt=0, percent__lte=100),
                name="adjustment_percent_of_discounts",
            ),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("tax")), name="adjustment_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(
                    credited__gte=F("credited_tax"),
                    credited_tax__gte=0,
                    credited__lte=F("gross"),
                    credited_tax__lte=F("tax"),
                ),
                name="adjustment_not_credited_twice",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_charge(self) -> bool:
        return self.kind != self.Kind.DISCOUNT


class Credit(models.Model):
    """
    Why a customer owes less than the order came to: goods came back, or we gave in.

    Amounts in minor units. `lines` says of what: one entry a line or charge, as
    {"order_line", "sku", "name", "quantity", "tax_rate", "net", "tax", "gross"}; a charge and a
    goodwill have no quantity, a charge has no order_line.
    """

    class Kind(models.TextChoices):
        RETURN = "return", "Return"
        GOODWILL = "goodwill", "Goodwill"

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
        RISK = "risk", "Risk"
        MANUAL = "manual", "Manual"
        ADDRESS = "address", "Address"

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
