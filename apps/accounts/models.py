from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What they may do depends on the organization: see Membership."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    # Empty: whatever the organization speaks.
    language = models.CharField(max_length=10, blank=True, default="", db_default="")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="email_in_any_case")]

    def __str__(self) -> str:
        return self.name or self.email


class TaxRounding(models.TextChoices):
    """Where the cents of tax are rounded. Orders copy it: a later change does not reach them."""

    LINE = "line", _("On each line")
    TOTAL = "total", _("Once for each rate")


class Organization(models.Model):
    """The tenant. Every other row of the business belongs to exactly one."""

    name = models.CharField(max_length=150)
    slug = models.SlugField(max_length=60, unique=True)
    currency = models.CharField(max_length=3, default="EUR")
    locale = models.CharField(max_length=10, default="en")
    timezone = models.CharField(max_length=64, default="UTC")
    prices_include_tax = models.BooleanField(default=True)
    tax_rounding = models.CharField(
        max_length=5, choices=TaxRounding, default=TaxRounding.LINE, db_default=TaxRounding.LINE
    )
    # How long a placed order keeps its stock while it waits for money.
    payment_window = models.DurationField(default=timedelta(hours=24))
    # What stands on an invoice as its seller.
    legal_name = models.CharField(max_length=200, blank=True)
    address = models.TextField(blank=True)
    # ISO 3166-1 alpha-2.
    country = models.CharField(max_length=2, default="DE", db_default="DE")
    tax_id = models.CharField(max_length=40, blank=True)
    # Where customers transfer money to, as they read it; empty: they are asked for cards alone.
    bank_details = models.TextField(blank=True, default="", db_default="")
    # Days from the issue of an invoice until it is due.
    payment_terms_days = models.PositiveSmallIntegerField(default=14, db_default=14)
    # A variant of which no more than this can be promised is low.
    low_stock_at = models.PositiveIntegerField(default=5, db_default=5)
    # Counts what keepers changed above, and says who did last.
    version = models.PositiveIntegerField(default=1, db_default=1)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    members = models.ManyToManyField(
        User, through="Membership", related_name="organizations", blank=True
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="organization_currency_is_iso_4217"
            ),
            models.CheckConstraint(
                condition=Q(payment_window__gt=timedelta(0)), name="payment_window_positive"
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"),
                name="organization_country_is_iso_3166",
            ),
            models.CheckConstraint(
                condition=Q(tax_rounding__in=["line", "total"]), name="tax_rounding_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def today(self) -> date:
        """Return the day that it is where the shop is: papers, file names and terms go by it."""
        return timezone.localdate(timezone=ZoneInfo(self.timezone))

    def language_for(self, user: User | None) -> str:
        """Return the language, or else the locale, in which this person is written to."""
        return (user.language if user else "") or self.locale


class Membership(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        ADMIN = "admin", _("Admin")
        MANAGER = "manager", _("Manager")
        WAREHOUSE = "warehouse", _("Warehouse")
        ACCOUNTING = "accounting", _("Accounting")
        VIEWER = "viewer", _("Viewer")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=16, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="member_once"),
            models.CheckConstraint(
                condition=Q(
                    role__in=["owner", "admin", "manager", "warehouse", "accounting", "viewer"]
                ),
                name="role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organization_id}"


class ApiKey(models.Model):
    """A program's way in. Only a hash is kept: the key itself is shown once."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(max_length=100)
    # The first characters of the key, so that people can tell their keys apart.
    prefix = models.CharField(max_length=12)
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"


class Counter(models.Model):
    """The last number drawn of a series. Only `operations.next_number` writes it."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="counters"
    )
    key = models.CharField(max_length=40)
    value = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="one_counter_per_series"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"
