"""Which variants are running out, told once each."""

from django.db import transaction

from apps.accounts.models import Organization
from apps.catalog.models import Variant
from apps.reports.models import LowStock
from apps.reports.queries import low_variants


@transaction.atomic
def note_low_stock(organization: Organization) -> list[Variant]:
    """
    Return the variants that are low, if one of them was not when this was last asked.

    Whoever asks tells the keepers in the same transaction. What recovered is new when it is low
    again.
    """
    low = list(low_variants(organization))
    told = LowStock.objects.filter(organization=organization)
    told.exclude(variant__in=low).delete()
    known = set(told.values_list("variant_id", flat=True))
    fresh = [variant for variant in low if variant.pk not in known]
    LowStock.objects.bulk_create(
        LowStock(organization=organization, variant=variant) for variant in fresh
    )
    return low if fresh else []
