from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from apps.accounts.models import Organization
from apps.catalog.models import Product, Variant
from apps.orders.models import Order


class DailySales(models.Model):
    """
    What was sold on one day of the organization's calendar, in minor units of `currency`.

    Of the orders placed on that day, less those that were cancelled or expired since. What of it
    was paid back stands on the day of the order, not on that of the refund.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    date = models.DateField()
    currency = models.CharField(max_length=3)
    channel = models.CharField(max_length=16)
    orders = models.PositiveIntegerField()
    # Wanted ones: what was cancelled of a line is not sold.
    units = models.PositiveBigIntegerField()
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    gross = models.BigIntegerField()
    refunded = models.BigIntegerField()
    # When it last changed. The latest of them all is how far the roll-up has read the events.
    rolled_up_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "daily sales"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "date", "currency", "channel"], name="daily_sales_once"
            ),
        ]
        indexes = [models.Index(fields=["rolled_up_at"], name="daily_sales_progress")]

    def __str__(self) -> str:
        return f"{self.gross} {self.currency} on {self.date} by {self.channel}"

    @property
    def channel_name(self) -> str:
        return str(Order.Channel(self.channel).label)


class DailyOrders(models.Model):
    """How the orders that were placed on one day of the organization's calendar stand now."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    date = models.DateField()
    status = models.CharField(max_length=16)
    orders = models.PositiveIntegerField()
    rolled_up_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "daily orders"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "date", "status"], name="daily_orders_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.orders} {self.status} of {self.date}"


class DailyProductSales(models.Model):
    """What was sold of one product on one day, as in DailySales, in minor units of `currency`."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    date = models.DateField()
    currency = models.CharField(max_length=3)
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="sold", db_constraint=False
    )
    units = models.PositiveBigIntegerField()
    gross = models.BigIntegerField()
    rolled_up_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "daily product sales"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "date", "currency", "product"],
                name="daily_product_sales_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} of product {self.product_id} on {self.date}"


class Finding(models.Model):
    """
    An invariant that an audit found broken, until an audit finds it whole again.

    Without an organization it is about the database itself.
    """

    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.CASCADE, related_name="+"
    )
    invariant = models.CharField(max_length=60)
    # How many rows break it, and some of them in words.
    violations = models.PositiveIntegerField()
    examples = models.JSONField()
    found_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "invariant"],
                condition=models.Q(gone_at=None),
                name="finding_stands_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invariant}: {self.violations}"


class LowStock(models.Model):
    """A variant that is low and whose organization has been told. Gone when it is not low."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    told_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "low stock"
        constraints = [models.UniqueConstraint(fields=["variant"], name="low_stock_told_once")]

    def __str__(self) -> str:
        return f"Variant {self.variant_id} is low"
