from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now, Upper
from django.urls import reverse

from apps.accounts.models import Organization


class Customer(models.Model):
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="customers"
    )
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    company = models.CharField(max_length=200, blank=True)
    tax_id = models.CharField(max_length=40, blank=True)
    address = models.TextField(blank=True)
    # The customer's number where they came from.
    external_ref = models.CharField(max_length=64, blank=True)
    # Only the team reads both.
    note = models.TextField(blank=True, default="", db_default="")
    tags = ArrayField(models.CharField(max_length=40), default=list, db_default=[])
    version = models.PositiveIntegerField(default=1, db_default=1)
    # Made with the empty form they were written down in, so that it adds one however often sent.
    idempotency_key = models.CharField(max_length=64, blank=True, default="", db_default="")
    # When they asked to be forgotten, and were.
    forgotten_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization",
                Lower("email"),
                condition=~Q(email=""),
                name="customer_email_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "external_ref"],
                condition=~Q(external_ref=""),
                name="customer_external_ref_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="customer_idempotency_key_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="customer_list_newest"),
            models.Index(fields=["organization", "name", "id"], name="customer_list"),
            GinIndex(
                "organization",
                *(
                    OpClass(Upper(field), name="gin_trgm_ops")
                    for field in ("name", "email", "company")
                ),
                name="customer_search",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.external_ref

    def get_absolute_url(self) -> str:
        return reverse("customers:customer", args=[self.organization.slug, self.pk])
