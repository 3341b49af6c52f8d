"""Taking back an import of products: only orders know which of them were ordered since."""

from collections.abc import Iterable

from apps.accounts.models import Organization
from apps.batches.models import Batch
from apps.batches.tables import Step
from apps.catalog.imports import undoing
from apps.orders.models import OrderLine


def undo_products_step(batch: Batch) -> Step:
    """Take back some changes of an import of products, as far as that is safe."""
    return undoing.undo_step(batch, _ordered)


def _ordered(organization: Organization, product_ids: Iterable[int]) -> set[int]:
    lines = OrderLine.objects.filter(
        organization=organization, variant__product__in=list(product_ids)
    )
    return set(lines.values_list("variant__product", flat=True).distinct())
