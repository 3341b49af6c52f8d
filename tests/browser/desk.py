"""The whole of Dozen for people with browsers, and shops that are founded in it."""

import itertools
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.contrib.auth.hashers import make_password
from django.test import override_settings

from apps.accounts import operations as accounts
from apps.accounts.models import Membership, Organization, User
from apps.catalog.models import Product, TaxClass, Variant
from apps.inventory import operations as inventory
from apps.orders import operations as orders
from apps.orders.models import Order
from tests.processes.deploys import Deploy
from tests.processes.running import Process
from tests.processes.services import LOOPBACK, free_port

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct-horse-battery-staple"
# SKU: name, price, units on the shelf, barcode.
SHELVES = {
    "ASSAM": ("Assam Breakfast", "6.90", 500, ""),
    "SENCHA": ("Sencha", "11.90", 500, ""),
    "KYUSU": ("Kyusu Teapot", "62.00", 40, "4006381333931"),
}
JO = orders.Buyer(
    email="jo@customer.example", name="Jo March", shipping_address="Orchard House\nConcord"
)


class Shop(NamedTuple):
    name: str
    slug: str
    owner: str
    # A member of the warehouse, who may pick and ship.
    picker: str


class Desk:
    """A deploy with web, worker, scheduler and somebody who takes cards."""

    def __init__(self, deploy: Deploy) -> None:
        self.deploy = deploy
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self._cards: Process | None = None
        self._shops = itertools.count(1)

    def open(self) -> None:
        cards = free_port()
        address = f"http://{LOOPBACK}:{cards}"
        self.deploy.variables |= {
            "PUBLIC_BASE_URL": self.url,
            "STRIPE_API_BASE": address,
            "STRIPE_JS_URL": f"{address}/js.stripe.com/dozen/v3/",
            "STRIPE_SECRET_KEY": "sk_development",
            "STRIPE_PUBLISHABLE_KEY": "pk_development",
            "STRIPE_WEBHOOK_SECRET": "whsec_development",
        }
        folder = Path(tempfile.mkdtemp(prefix="dozen-cards-"))
        server = ROOT / "bin" / "card_server.py"
        command = f"exec {sys.executable} {server} {cards} {folder} {self.url}/webhooks/stripe/"
        self._cards = Process(
            f"{command} whsec_development", folder=ROOT, variables=self.deploy.variables
        )
        self.deploy.web(PORT=str(self.port))
        self.deploy.worker()
        self.deploy.scheduler()

    def close(self) -> None:
        if self._cards:
            self._cards.kill()

    def found_shop(self) -> Shop:
        """Found a shop with an owner, somebody in the warehouse, and tea."""
        number = next(self._shops)
        name = f"Leaf & Kettle {number}"
        with self.deploy.orm():
            owner = self._person(f"owner{number}@shop.example", "Olivia Owner")
            picker = self._person(f"picker{number}@shop.example", "Piet Picker")
            organization = accounts.create_organization(name=name, owner=owner)
            Membership.objects.create(
                user=picker, organization=organization, role=Membership.Role.WAREHOUSE
            )
            _stock(organization, owner)
            return Shop(name, organization.slug, owner.email, picker.email)

    @contextmanager
    def books(self, shop: Shop) -> Iterator[Organization]:
        """Act here as the deploy itself would, to prepare what a story begins with."""
        same = override_settings(
            SECRET_KEY=self.deploy.variables["SECRET_KEY"],
            PUBLIC_BASE_URL=self.url,
            S3_BUCKET=self.deploy.bucket.name,
        )
        with self.deploy.orm(), same:
            yield Organization.objects.get(slug=shop.slug)

    def letter(self, address: str) -> str:
        """Wait until everything owed is done; return what the newest mail to somebody says."""
        self.deploy.wait_until_quiet()
        body = self.deploy.mail.to(address)[-1].get_body(("plain",))
        assert body
        return str(body.get_content())

    @staticmethod
    def _person(email: str, name: str) -> User:
        return User.objects.create(email=email, name=name, password=_hashed_password())


def place(shop: Organization, *, buyer: orders.Buyer = JO, **units: int) -> Order:
    """Place an order as staff do, of so many units by SKU. Needs the books."""
    variants = {one.sku: one for one in shop.variants.filter(sku__in=units)}
    items = [orders.Item(variants[sku], count) for sku, count in units.items()]
    return orders.place_order(organization=shop, buyer=buyer, items=items, placed_by=None)


@cache
def _hashed_password() -> str:
    # Slow on purpose, so done once for everybody.
    return make_password(PASSWORD)


def _stock(organization: Organization, owner: User) -> None:
    tax, _ = TaxClass.objects.get_or_create(
        organization=organization, name="Standard", defaults={"rate": Decimal(19)}
    )
    for sku, (name, price, units, barcode) in SHELVES.items():
        product = Product.objects.create(
            organization=organization, handle=sku.lower(), name=name, tax_class=tax
        )
        variant = Variant.objects.create(
            organization=organization,
            product=product,
            sku=sku,
            price=Decimal(price),
            barcode=barcode,
        )
        inventory.adjust_stock(
            variant=variant,
            location=inventory.default_location(organization),
            delta=units,
            reason="First delivery",
            actor=owner,
        )
