from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.files.models import StoredFile


class TaxClass(models.Model):
    """A tax rate by name. Orders copy the rate: a later change does not reach them."""

    # How many have it, where a list says so.
    products: int = 0

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="tax_classes"
    )
    name = models.CharField(max_length=60)
    rate = models.DecimalField(max_digits=7, decimal_places=4, help_text="percent")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="tax_class_name_once"),
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lte=100), name="tax_rate_is_a_percentage"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.plain_rate} %)"

    @property
    def plain_rate(self) -> str:
        """The rate as one types it: 19, not 19.0000."""
        return f"{self.rate.normalize():f}"


class Product(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        ARCHIVED = "archived", _("Archived")

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="products"
    )
    # The name in links and imports, unique in the organization.
    handle = models.SlugField(max_length=120)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    tax_class = models.ForeignKey(
        TaxClass, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    image = models.ForeignKey(
        StoredFile, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False
    )
    # What the image shows, for whoever cannot see it.
    image_alt = models.CharField(max_length=200, blank=True, default="", db_default="")
    # Counts what people changed; its image is not part of that.
    version = models.PositiveIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "handle"], name="product_handle_once"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "active", "archived"]), name="product_status_known"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "name", "id"], name="product_list"),
            models.Index(fields=["organization", "-id"], name="product_list_newest"),
            models.Index(
                fields=["organization", "status", "name", "id"], name="product_list_by_status"
            ),
            models.Index(
                fields=["organization", "tax_class", "name", "id"], name="product_list_by_tax"
            ),
            models.Index(
                fields=["organization", "name", "id"],
                condition=Q(image__isnull=True),
                name="product_list_without_image",
            ),
            GinIndex(
                "organization",
                OpClass(Upper("name"), name="gin_trgm_ops"),
                name="product_search_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:product", args=[self.organization.slug, self.handle])


class Variant(models.Model):
    """What is sold, stocked and shipped: one SKU."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="variants"
    )
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="variants", db_constraint=False
    )
    sku = models.CharField("SKU", max_length=64)
    # "Small / Red"; empty where a product comes in one form only.
    name = models.CharField(max_length=120, blank=True)
    # In the organization's currency, major unit.
    price = models.DecimalField(max_digits=20, decimal_places=6)
    barcode = models.CharField(max_length=64, blank=True)
    weight_g = models.PositiveIntegerField(null=True, blank=True)
    track_stock = models.BooleanField(default=True)
    allow_backorder = models.BooleanField(default=False)
    # Not sold any more, and kept because orders or stock name it.
    archived = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "sku"], name="sku_once"),
            models.CheckConstraint(condition=Q(price__gte=0), name="price_not_negative"),
            models.CheckConstraint(condition=~Q(sku=""), name="sku_not_empty"),
        ]
        indexes = [
            # Not unique: makers print one code on several things, and Shopify lets them.
            models.Index(
                fields=["organization", "barcode"], condition=~Q(barcode=""), name="variant_barcode"
            ),
            GinIndex(
                "organization",
                OpClass(Upper("sku"), name="gin_trgm_ops"),
                name="variant_search_sku",
            ),
            GinIndex(
                "organization",
                OpClass(Upper("name"), name="gin_trgm_ops"),
                condition=~Q(name=""),
                name="variant_search_name",
            ),
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def label(self) -> str:
        return f"{self.product.name} · {self.name}" if self.name else self.product.name

    @property
    def tax_rate(self) -> Decimal:
        return self.product.tax_class.rate if self.product.tax_class else Decimal(0)
