from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.catalog.models import Variant
from apps.core.money import half_up_share
from apps.orders.models.order import Order


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
        indexes = [
            # What is sold, by the beginning of its SKU in any case.
            models.Index(
                "organization",
                OpClass(Upper("sku"), name="text_pattern_ops"),
                "order",
                name="line_search_sku",
            ),
            models.Index(
                fields=["organization", "order"],
                condition=Q(picking__gt=0),
                name="line_being_picked",
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

    def worth(self, units: int) -> int:
        """What units that come back are credited with (minor units); the last takes the rest."""
        left = self.wanted - self.credited_units
        return half_up_share(self.gross - self.credited, units, left)


class Adjustment(models.Model):
    """
    A discount on the whole order, or a charge beside its lines.

    `amount` is in the prices of the order (with tax or without), minor units. A discount with a
    `percent` takes that of the lines. Discounts live on in the lines' `discount` and add nothing
    here; charges are taxed and have amounts of their own.
    """

    class Kind(models.TextChoices):
        DISCOUNT = "discount", _("Discount")
        SHIPPING = "shipping", _("Shipping")
        FEE = "fee", _("Fee")
        SURCHARGE = "surcharge", _("Surcharge")

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
