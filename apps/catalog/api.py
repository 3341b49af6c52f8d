from decimal import Decimal

from ninja import Query, Router, Schema

from apps.accounts.access import ApiRequest
from apps.catalog import queries

router = Router()

PAGE = 100


class VariantOut(Schema):
    sku: str
    name: str
    price: Decimal
    barcode: str
    track_stock: bool


class ProductOut(Schema):
    id: int
    handle: str
    name: str
    status: str
    variants: list[VariantOut]


class ProductPage(Schema):
    products: list[ProductOut]
    # Pass it as `after` to get the next page; empty on the last.
    next: int | None


@router.get("", response=ProductPage, summary="Products and their variants, by id")
def list_products(request: ApiRequest, after: int = Query(0, ge=0)) -> dict[str, object]:
    found = queries.products_with_variants(request.organization).filter(pk__gt=after)
    products = list(found[: PAGE + 1])
    shown = products[:PAGE]
    return {"products": shown, "next": shown[-1].pk if len(products) > PAGE else None}
