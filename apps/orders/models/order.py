from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Upper
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, TaxRounding, User
from apps.customers.models import Customer

if TYPE_CHECKING:
    from apps.orders.models.parts import Adjustment, OrderLine


class Order(models.Model):
    """
    An order and the sums of its lines, in minor units of `currency`.

    Newer columns have a default in the database too: the release before, which does not know them,
    still writes orders while this one migrates.

    `status` is the only machine; how far payment and fulfilment are is derived from quantities and
    amounts, and stored for filters.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PENDING = "pending", _("Pending")
        CONFIRMED = "confirmed", _("Confirmed")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    class PaymentStatus(models.TextChoices):
        UNPAID = "unpaid", _("Unpaid")
        AUTHORIZED = "authorized", _("Authorized")
        PARTIALLY_PAID = "partially_paid", _("Partly paid")
        PAID = "paid", _("Paid")
        OVERPAID = "overpaid", _("Overpaid")
        PARTIALLY_REFUNDED = "partially_refunded", _("Partly refunded")
        REFUNDED = "refunded", _("Refunded")

    class FulfillmentStatus(models.TextChoices):
        UNFULFILLED = "unfulfilled", _("Unfulfilled")
        PARTIALLY_FULFILLED = "partially_fulfilled", _("Partly fulfilled")
        FULFILLED = "fulfilled", _("Fulfilled")

    class ReturnStatus(models.TextChoices):
        NONE = "none", _("No return")
        REQUESTED = "requested", _("Return requested")
        IN_PROGRESS = "in_progress", _("Return under way")
        RETURNED = "returned", _("Returned")

    class Channel(models.TextChoices):
        STAFF = "staff", _("Staff")
        API = "api", "API"
        IMPORT = "import", _("Import")

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
    # What names the form that whoever gives an order sent, and what its events are to be named by:
    # `lock_order` refuses the second of a name, `happened` writes it down.
    sent_as: str = ""
    recorded_as: str = ""

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
            models.Index(
                fields=["organization", "assignee", "-placed_at", "-id"],
                condition=Q(assignee__isnull=False),
                name="order_list_by_assignee",
            ),
            models.Index(
                fields=["organization", "-placed_at", "-id"],
                condition=~Q(fulfillment_status="fulfilled") & Q(status="confirmed", hold_kinds=[]),
                name="order_list_to_pick",
            ),
            models.Index(fields=["organization", "total", "id"], name="order_list_by_total"),
            models.Index(
                fields=["organization", "channel", "-placed_at", "-id"],
                name="order_list_by_channel",
            ),
            models.Index("organization", Upper("email"), name="order_search_email"),
            GinIndex(
                "organization",
                OpClass(Upper("note"), name="gin_trgm_ops"),
                condition=~Q(note=""),
                name="order_search_note",
            ),
            GinIndex(
                "organization",
                OpClass(Upper("customer_name"), name="gin_trgm_ops"),
                name="order_search_name",
            ),
            models.Index(fields=["expires_at"], condition=Q(status="pending"), name="order_expiry"),
        ]

    def __str__(self) -> str:
        return (
            gettext("Order %(number)s") % {"number": self.number}
            if self.number
            else gettext("Draft %(number)s") % {"number": self.pk}
        )

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
    def is_written_to(self) -> bool:
        """Whether mails go to its customer, who gave an address and ordered here."""
        return bool(self.email) and self.channel != self.Channel.IMPORT

    @property
    def is_void(self) -> bool:
        return self.status in {self.Status.CANCELLED, self.Status.EXPIRED}
