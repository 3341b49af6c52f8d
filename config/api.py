"""The JSON doors, assembled. Documented at /api/v1/openapi.json."""

from ninja import NinjaAPI

from apps.accounts.access import ApiKeyAuth
from apps.catalog.api import router as products
from apps.core import problems
from apps.core.api import router as core
from apps.fulfillment.api import router as fulfillment
from apps.inventory.api import router as stock
from apps.invoicing.api import router as invoices
from apps.orders.api import router as orders
from apps.payments.api import router as payments
from apps.reports.api import router as reports

api = NinjaAPI(
    title="Dozen",
    version="1",
    description="Orders and stock of one organization. Amounts are integers of minor units.",
    auth=ApiKeyAuth(),
    docs_url=None,
)
problems.install(api)
api.add_router("/orders", orders, tags=["orders"])
api.add_router("/orders", fulfillment, tags=["fulfillment"])
api.add_router("/orders", payments, tags=["payments"])
api.add_router("/products", products, tags=["products"])
api.add_router("", invoices, tags=["invoices"])
api.add_router("/stock", stock, tags=["stock"])
api.add_router("/reports", reports, tags=["reports"])
api.add_router("", core, tags=["about"])
