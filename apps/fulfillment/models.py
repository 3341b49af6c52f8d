from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.accounts.models import Organization, User
from apps.inventory.models import StockLevel
from apps.orders.models import Order, OrderLine


class Fulfillment(models.Model):
    """A parcel: what left the house together. It cannot come back; a mistake is a return."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="fulfillments", db_constraint=False
    )
    # Counts within the order.
    number = models.PositiveSmallIntegerField()
    carrier = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=100, blank=True)
    shipped_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    shipped_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="fulfillment_number_once"),
        ]

    def __str__(self) -> str:
        return f"Shipment {self.number}"


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

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fulfillment", "order_line", "stock_level"],
                name="fulfillment_line_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="fulfillment_line_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.order_line_id}"
