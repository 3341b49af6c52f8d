"""A shop in a deploy: somebody to order from, and the ways to order."""

import json
from dataclasses import dataclass
from decimal import Decimal

from apps.accounts import operations as accounts
from apps.accounts.models import Organization, User
from apps.catalog.models import Product, TaxClass, Variant
from apps.fulfillment import operations as fulfillment
from apps.inventory import operations as inventory
from apps.orders.models import Order
from apps.payments import operations as payments
from apps.payments.models import Payment
from tests.processes.deploys import Answer, Deploy, ask

PASSWORD = "correct-horse-battery-staple"


@dataclass(frozen=True)
class Shop:
    deploy: Deploy
    api_key: str
    owner: str
    slug: str = "acme"

    def order(
        self, port: int, *, email: str = "jo@customer.example", key: str = "", request_id: str = ""
    ) -> Answer:
        """Order one teapot through the API."""
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        if request_id:
            headers["X-Request-ID"] = request_id
        wish = {"email": email, "lines": [{"sku": "TEAPOT", "quantity": 1}]}
        body = json.dumps(wish).encode()
        return ask(port, "/api/v1/orders", method="POST", body=body, headers=headers)

    def pay_and_ship(self, number: int) -> None:
        """Do what the office does with an order, so that an invoice follows. Needs the ORM."""
        order = Order.objects.get(organization__slug=self.slug, number=number)
        payments.mark_as_paid(order=order, method=next(iter(Payment.Method)), marked_by=None)
        fulfillment.ship_order(order=order, shipped_by=None)


def open_shop(deploy: Deploy) -> Shop:
    """Found Acme, with more teapots than anybody will order."""
    with deploy.orm():
        alice = User.objects.create_user("alice@acme.example", PASSWORD, name="Alice")
        organization = accounts.create_organization(name="Acme", owner=alice)
        _stock_teapots(organization, alice)
        key = accounts.create_api_key(organization=organization, name="Web shop")[1]
    return Shop(deploy=deploy, api_key=key, owner=alice.email)


def _stock_teapots(organization: Organization, owner: User) -> None:
    tax = TaxClass.objects.create(organization=organization, name="Standard", rate=Decimal(19))
    product = Product.objects.create(
        organization=organization, handle="teapot", name="Teapot", tax_class=tax
    )
    teapot = Variant.objects.create(
        organization=organization, product=product, sku="TEAPOT", price=Decimal("24.99")
    )
    inventory.adjust_stock(
        variant=teapot,
        location=inventory.default_location(organization),
        delta=1_000_000,
        reason="First delivery",
        actor=owner,
    )
