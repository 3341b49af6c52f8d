"""Customers as a CSV file."""

from typing import Any

from apps.batches.models import Batch
from apps.batches.operations import ExportPage

AT_ONCE = 1000

COLUMNS = {
    "Name": "name",
    "Email": "email",
    "Phone": "phone",
    "Company": "company",
    "Tax ID": "tax_id",
    "Address": "address",
    "Customer Number": "external_ref",
}


def customer_header(batch: Batch) -> list[str]:
    return list(COLUMNS)


def customer_rows(batch: Batch, after: Any) -> ExportPage:
    customers = batch.organization.customers.filter(pk__gt=after or 0).order_by("pk")
    found = list(customers.values_list(*COLUMNS.values(), "pk")[:AT_ONCE])
    rows = [row[:-1] for row in found]
    return ExportPage(rows, found[-1][-1] if len(found) == AT_ONCE else None)
