from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.inventory.models import Location, StockLevel
from apps.orders.models import Credit, Order, OrderLine


class Fulfillment(models.Model):
    """
    What leaves one location together: a pick list first, then a parcel.

    What has left cannot come back; a mistake is a return.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Being picked")
        SHIPPED = "shipped", _("Shipped")
        DELIVERED = "delivered", _("Delivered")
        CANCELLED = "cancelled", _("Cancelled")

    MOVES = {
        (Status.OPEN, "ship"): Status.SHIPPED,
        (Status.OPEN, "cancel"): Status.CANCELLED,
        (Status.SHIPPED, "deliver"): Status.DELIVERED,
    }

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="fulfillments", db_constraint=False
    )
    # Counts within the order.
    number = models.PositiveSmallIntegerField()
    # Empty when no stock is kept of anything in it.
    location = models.ForeignKey(
        Location, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    # The round through the shelves it is picked in together with others.
    wave = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    carrier = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=100, blank=True)
    tracking_url = models.CharField(max_length=500, blank=True)
    # Who opened the pick list, and who sent the parcel.
    picked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    shipped_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="fulfillment_number_once"),
            models.CheckConstraint(
                condition=Q(status__in=["open", "cancelled"], shipped_at=None)
                | Q(status__in=["shipped", "delivered"], shipped_at__isnull=False),
                name="fulfillment_dated_when_shipped",
            ),
            models.CheckConstraint(
                condition=Q(status="delivered", delivered_at__isnull=False)
                | Q(~Q(status="delivered"), delivered_at=None),
                name="fulfillment_dated_when_delivered",
            ),
            # It becomes a link on pages and in mails.
            models.CheckConstraint(
                condition=Q(tracking_url="") | Q(tracking_url__regex=r"^https?://"),
                name="fulfillment_tracking_url_is_a_link",
            ),
        ]
        indexes = [
            # What is being picked is little of it all.
            models.Index(
                fields=["organization", "id"], condition=Q(status="open"), name="fulfillment_open"
            ),
            models.Index(
                fields=["organization", "wave"],
                condition=Q(wave__isnull=False),
                name="fulfillment_wave",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Shipment %(number)s") % {"number": self.number}


class FulfillmentLine(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    fulfillment = models.ForeignKey(
        Fulfillment, on_delete=models.CASCADE, related_name="lines", db_constraint=False
    )
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    # Empty for what no stock is kept of.
    stock_level = models.ForeignKey(
        StockLevel, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    quantity = models.PositiveIntegerField()
    # Of these, how many lie in the picker's basket.
    picked = models.PositiveIntegerField(default=0, db_default=0)
    # What the last ticks were called, so that one that is sent again counts once.
    ticks = ArrayField(models.CharField(max_length=36), default=list, db_default=[])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fulfillment", "order_line", "stock_level"],
                name="fulfillment_line_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="fulfillment_line_positive"),
            models.CheckConstraint(
                condition=Q(picked__gte=0, picked__lte=F("quantity")),
                name="fulfillment_line_picked_of_its_quantity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.order_line_id}"

    @property
    def left(self) -> int:
        """Units that are not in the basket yet."""
        return self.quantity - self.picked


class Return(models.Model):
    """Goods on their way back. The parcels they came from stay as they are, with their tracking."""

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        RECEIVED = "received", _("Received")
        CLOSED = "closed", _("Closed")
        CANCELLED = "cancelled", _("Cancelled")

    class Cause(models.TextChoices):
        DAMAGED = "damaged", _("It arrived damaged")
        FAULTY = "faulty", _("It does not work")
        WRONG = "wrong", _("It is not what I ordered")
        UNWANTED = "unwanted", _("I do not want to keep it")
        OTHER = "other", _("Something else")

    class Resolution(models.TextChoices):
        REFUND = "refund", _("Refund")
        EXCHANGE = "exchange", _("Exchange")
        NONE = "none", _("Neither")

    MOVES = {
        (Status.REQUESTED, "approve"): Status.APPROVED,
        (Status.REQUESTED, "decline"): Status.DECLINED,
        (Status.REQUESTED, "cancel"): Status.CANCELLED,
        (Status.APPROVED, "cancel"): Status.CANCELLED,
        (Status.APPROVED, "receive"): Status.RECEIVED,
        (Status.RECEIVED, "close"): Status.CLOSED,
    }

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="returns")
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="returns", db_constraint=False
    )
    # Counts within the organization: what the customer writes on the parcel.
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.REQUESTED)
    # What the customer chose on their page; empty when somebody else announced it.
    cause = models.CharField(max_length=10, choices=Cause, blank=True, db_default="")
    reason = models.CharField(max_length=500, blank=True)
    # Why it was declined.
    answer = models.CharField(max_length=500, blank=True)
    # Empty until it is closed.
    resolution = models.CharField(max_length=10, choices=Resolution, blank=True)
    exchange_order = models.ForeignKey(
        Order, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    received_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    # When it was approved or declined.
    decided_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="return_number_once"),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "requested",
                        "approved",
                        "declined",
                        "received",
                        "closed",
                        "cancelled",
                    ]
                ),
                name="return_status_known",
            ),
            models.CheckConstraint(
                condition=Q(cause__in=["", "damaged", "faulty", "wrong", "unwanted", "other"]),
                name="return_cause_known",
            ),
            models.CheckConstraint(
                condition=Q(status="closed", resolution__in=["refund", "exchange", "none"])
                | Q(~Q(status="closed"), resolution=""),
                name="return_resolved_when_closed",
            ),
            models.CheckConstraint(
                condition=Q(resolution="exchange", exchange_order__isnull=False)
                | Q(~Q(resolution="exchange"), exchange_order=None),
                name="exchange_has_its_order",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Return %(number)s") % {"number": self.number}


class ReturnLine(models.Model):
    class Disposition(models.TextChoices):
        RESTOCK = "restock", _("Back on the shelf")
        DAMAGED = "damaged", _("Damaged")
        MISSING = "missing", _("Did not come")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    rma = models.ForeignKey(
        Return, on_delete=models.CASCADE, related_name="lines", db_constraint=False
    )
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    requested = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)
    # What became of the received units; empty until they come.
    disposition = models.CharField(max_length=10, choices=Disposition, blank=True)
    # What the customer owes less because of them.
    credit = models.ForeignKey(
        Credit, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rma", "order_line"], name="return_line_once"),
            models.CheckConstraint(
                condition=Q(requested__gt=0, received__lte=F("requested")),
                name="return_line_received_as_requested",
            ),
            models.CheckConstraint(
                condition=Q(disposition__in=["", "missing"], received=0)
                | Q(disposition__in=["restock", "damaged"], received__gt=0),
                name="return_line_disposition_of_what_came",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requested} of line {self.order_line_id}"
