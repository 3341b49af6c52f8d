from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant


class Location(models.Model):
    """Where stock lies. Orders are served from the lowest priority number first."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="locations"
    )
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    priority = models.PositiveSmallIntegerField(default=1)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="location_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


class StockLevel(models.Model):
    """
    How much of a variant lies at a location, and how much of that is promised.

    Only `operations` writes the two counters, each change with its movement or reservation.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, related_name="levels", db_constraint=False
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="levels", db_constraint=False
    )
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    # A backorder may promise what is not there yet.
    allow_negative = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["variant", "location"], name="one_level_per_location"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="reserved_not_negative"),
            models.CheckConstraint(
                condition=Q(reserved__lte=F("on_hand")) | Q(allow_negative=True),
                name="stock_not_oversold",
            ),
        ]
        indexes = [
            # The few that may be short. Neither counter is in it: both change with every order.
            models.Index(
                fields=["organization", "variant"],
                condition=Q(allow_negative=True),
                name="level_may_be_short",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} at {self.location_id}: {self.on_hand}"


class StockMovement(models.Model):
    """One change of what is on hand: the ledger. Rows are added, never changed."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Receipt")
        ADJUSTMENT = "adjustment", _("Adjustment")
        SHIPMENT = "shipment", _("Shipment")
        RETURN = "return", _("Return")
        TRANSFER = "transfer", _("Transfer")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    stock_level = models.ForeignKey(
        StockLevel, on_delete=models.CASCADE, related_name="movements", db_constraint=False
    )
    delta = models.IntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    reason = models.CharField(max_length=200, blank=True)
    # What caused it ("fulfillment line" and its id), so that it can be caused only once.
    ref_type = models.CharField(max_length=30, blank=True)
    ref_id = models.BigIntegerField(null=True)
    # What a program called its request, so that it is carried out only once.
    idempotency_key = models.CharField(max_length=255, blank=True, db_default="")
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(delta=0), name="movement_moves_something"),
            models.CheckConstraint(
                condition=Q(kind__in=["receipt", "adjustment", "shipment", "return", "transfer"]),
                name="movement_kind_known",
            ),
            models.UniqueConstraint(
                fields=["ref_type", "ref_id", "stock_level", "kind"],
                condition=Q(ref_id__isnull=False),
                name="movement_once_per_cause",
            ),
            models.UniqueConstraint(
                fields=["organization", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="movement_idempotency_key_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="movement_list"),
            models.Index(
                fields=["organization", "kind", "-created_at", "-id"], name="movement_list_by_kind"
            ),
            # The ledger of one level, and its newest row: what a page has seen.
            models.Index(fields=["stock_level", "-id"], name="movement_list_of_level"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.delta:+}"


class Reservation(models.Model):
    """Stock promised to an order line. Only `operations` writes it, with the level's counter."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        CONSUMED = "consumed", _("Shipped")
        RELEASED = "released", _("Released")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    stock_level = models.ForeignKey(
        StockLevel, on_delete=models.PROTECT, related_name="reservations", db_constraint=False
    )
    # An order line. Its foreign key stands in a migration of orders, the app above this one.
    order_line_id = models.BigIntegerField()
    quantity = models.PositiveIntegerField()
    # Of these, how many are on open pick lists.
    picked = models.PositiveIntegerField(db_default=0)
    # Until when, if nobody pays; empty: until it is sent.
    expires_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=16, choices=State, default=State.ACTIVE)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_positive"),
            models.CheckConstraint(
                condition=Q(picked__lte=F("quantity")), name="picked_what_is_reserved"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["active", "consumed", "released"]),
                name="reservation_state_known",
            ),
            models.UniqueConstraint(
                fields=["order_line_id", "stock_level"],
                condition=Q(state="active"),
                name="one_active_reservation",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(state="active", expires_at__isnull=False),
                name="reservation_expiry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for line {self.order_line_id}"
