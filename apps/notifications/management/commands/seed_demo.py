"""
A shop to look at: people, products, stock and orders in every state.

For laptops and trials. Its passwords are printed here for everybody to read, so it refuses a deploy
that the world can reach.
"""

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from apps.accounts import operations as accounts
from apps.accounts.models import Membership, Organization, User
from apps.catalog import operations as catalog
from apps.catalog.models import TaxClass, Variant
from apps.catalog.queries import sellable_variants
from apps.core.csv_files import CsvFile, RefusedRows
from apps.files import operations as files
from apps.files import s3
from apps.fulfillment import operations as fulfillment
from apps.fulfillment.models import Return
from apps.inventory import operations as inventory
from apps.inventory.imports import import_products
from apps.inventory.models import Location
from apps.orders import operations as orders
from apps.orders.models import Order
from apps.payments import operations as payments
from apps.payments.models import Payment
from apps.team import operations as team

OWNER = "demo@dozen.example"
VIEWER = "viewer@dozen.example"
PASSWORD = "demo-dozen-2026"  # noqa: S105 - public, see above
PRODUCT_FILES = Path(__file__).parent.parent / "demo"
PAYMENT_WINDOW = timedelta(days=7)

CUSTOMERS = [
    ("Anneke Visser", "Prinsengracht 263\n1016 GV Amsterdam\nNetherlands"),
    ("Benedikt Huber", "Sendlinger Straße 12\n80331 München\nGermany"),
    ("Chiara Russo", "Via Toledo 88\n80134 Napoli\nItaly"),
    ("Daniel Okafor", "Karl-Marx-Straße 101\n12043 Berlin\nGermany"),
    ("Élodie Martin", "14 rue Mercière\n69002 Lyon\nFrance"),
    ("Frida Lindqvist", "Götgatan 31\n116 21 Stockholm\nSweden"),
    ("Grzegorz Nowak", "ul. Szeroka 7\n31-053 Kraków\nPoland"),
    ("Hana Dvořáková", "Vinohradská 54\n120 00 Praha\nCzechia"),
    ("Iris Papadaki", "Odos Athinas 19\n105 54 Athina\nGreece"),
    ("Jonas Keller", "Bergstraße 40\n69121 Heidelberg\nGermany"),
    ("Lucía Ortega", "Plaza del Altozano 22\n41010 Sevilla\nSpain"),
    ("Mads Sørensen", "Jægersborggade 9\n2200 København\nDenmark"),
    ("Orla Byrne", "17 Capel Street\nDublin 1\nIreland"),
    ("Theresa Gruber", "Neubaugasse 6\n1070 Wien\nAustria"),
]
NOTES = ["", "", "", "Please ring at the neighbour's.", "A present: no prices in the parcel.", ""]
CARRIERS = ["DHL", "DPD", "Hermes"]


class Life(NamedTuple):
    """So many orders, placed between so many days ago, and what happened to them."""

    orders: int
    days_ago: tuple[int, int]
    steps: Sequence[Callable[[Order, User], object]]
    channel: Order.Channel = Order.Channel.STAFF


def pay(order: Order, actor: User) -> None:
    payments.mark_as_paid(
        order=order,
        method=Payment.Method.BANK_TRANSFER,
        reference=f"Order {order.number}",
        marked_by=actor,
    )


def overpay(order: Order, actor: User) -> None:
    payments.record_payment(
        order=order,
        amount=order.total + 500,
        method=Payment.Method.BANK_TRANSFER,
        reference=f"Order {order.number}",
        recorded_by=actor,
    )


def confirm(order: Order, actor: User) -> None:
    orders.confirm_order(order=order, confirmed_by=actor)


def ship(order: Order, actor: User) -> None:
    fulfillment.ship_order(
        order=order,
        carrier=CARRIERS[order.pk % len(CARRIERS)],
        tracking_number=f"0034{order.pk:012}",
        shipped_by=actor,
    )


def pick(order: Order, actor: User) -> None:
    fulfillment.open_fulfillment(order=order, opened_by=actor)


def ask_back(order: Order, actor: User) -> None:
    line = order.lines.order_by("position")[0]
    fulfillment.request_return(
        order=order,
        quantities={line.pk: 1},
        reason="It arrived broken.",
        cause=Return.Cause.DAMAGED,
        requested_by=None,
    )


def cancel(order: Order, actor: User) -> None:
    orders.cancel_order(order=order, reason="The customer changed their mind.", cancelled_by=actor)


def expire(order: Order, actor: User) -> None:
    orders.expire_order(order=order, now=timezone.now())


LIVES = [
    Life(22, (12, 58), [pay, ship]),
    Life(11, (4, 58), [pay, ship], Order.Channel.API),
    Life(1, (4, 58), [pay, ship, ask_back], Order.Channel.API),
    Life(3, (1, 5), [pay]),
    Life(1, (1, 5), [overpay]),
    Life(1, (1, 5), [pay, pick]),
    Life(3, (1, 6), [confirm]),
    Life(3, (4, 9), [confirm, ship]),
    Life(4, (0, 4), []),
    Life(2, (0, 2), [], Order.Channel.API),
    Life(3, (9, 40), [expire]),
    Life(2, (3, 30), [cancel]),
    Life(1, (3, 30), [pay, cancel]),
]


class Command(BaseCommand):
    help = "Open the demo shop Tea & Tools, once. For laptops and trials: its password is public."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--public", action="store_true", help="even on a deploy that is reached by https"
        )

    def handle(self, *, public: bool, **options: Any) -> None:
        if settings.PUBLIC_BASE_URL.startswith("https://") and not public:
            raise CommandError(
                "This deploy is public, and the demo's password is too. If it is for trying out, "
                "add --public."
            )
        if User.objects.filter(email=OWNER).exists():
            self.stdout.write("The demo is there already.")
        else:
            _hang_pictures(*self.open_shop())
        self.stdout.write(f"Sign in at {settings.PUBLIC_BASE_URL} as {OWNER}, who may do all,")
        self.stdout.write(f"or as {VIEWER}, who may look. Password of both: {PASSWORD}")

    # All or nothing: a seed that was interrupted is repeated, and no scheduler sees half of it.
    @transaction.atomic
    def open_shop(self) -> tuple[Organization, User]:
        owner = User.objects.create_user(OWNER, PASSWORD, name="Demo")
        shop = _organization(owner)
        _invite_viewer(shop, owner)
        _, secret = accounts.create_api_key(organization=shop, name="Web shop")
        _stock_shelves(shop, owner)
        placed = _place_orders(shop, owner)
        self.stdout.write(f"Opened {shop} with {shop.products.count()} products, {placed} orders.")
        self.stdout.write(f"Its API key, shown this once: {secret}")
        return shop, owner


def _organization(owner: User) -> Organization:
    # The slug is made of the name, so the name is written out first.
    shop = accounts.create_organization(name="Tea and Tools", owner=owner, currency="EUR")
    shop.name = "Tea & Tools"
    shop.timezone = "Europe/Berlin"
    shop.payment_window = PAYMENT_WINDOW
    shop.legal_name = "Tea & Tools GmbH"
    shop.address = "Oranienstraße 190\n10999 Berlin\nGermany"
    shop.tax_id = "DE123456788"
    shop.bank_details = "Tea & Tools GmbH\nIBAN DE02 1203 0000 0000 2020 51\nBIC BYLADEM1001"
    shop.save()
    return shop


def _invite_viewer(shop: Organization, owner: User) -> None:
    now = timezone.now()
    invitation = team.invite(
        organization=shop,
        email=VIEWER,
        role=Membership.Role.VIEWER,
        invited_by=owner,
        now=now,
    )
    team.open_account(invitation=invitation, name="Viewer", password=PASSWORD, now=now)


def _stock_shelves(shop: Organization, owner: User) -> None:
    inventory.default_location(shop)
    counter = Location.objects.create(
        organization=shop, code="SHOP", name="Shop in Oranienstraße", priority=2
    )
    reduced = catalog.add_tax_class(organization=shop, name="Reduced", rate=Decimal(7))
    standard = catalog.add_tax_class(organization=shop, name="Standard", rate=Decimal(19))
    _import("teas", shop, reduced)
    _import("tools", shop, standard)
    for variant in sellable_variants(shop)[::4]:
        inventory.adjust_stock(
            variant=variant, location=counter, delta=6, reason="For the window", actor=owner
        )


def _import(name: str, shop: Organization, tax_class: TaxClass) -> None:
    source = CsvFile(PRODUCT_FILES / f"{name}.csv")
    with (
        tempfile.TemporaryDirectory() as folder,
        RefusedRows(Path(folder) / "refused.csv", source) as refused,
    ):
        import_products(organization=shop, source=source, refused=refused, tax_class=tax_class)


# After the transaction, because it speaks to the store.
def _hang_pictures(shop: Organization, owner: User) -> None:
    for product in shop.products.order_by("pk"):
        source = PRODUCT_FILES / "pictures" / f"{product.handle}.webp"
        if not source.exists():
            continue
        body = source.read_bytes()
        upload = files.start_image_upload(
            organization=shop,
            name=source.name,
            content_type="image/webp",
            size=len(body),
            uploaded_by=owner,
        )
        s3.put(upload.file.key, body, "image/webp")
        catalog.set_image(product=product, file=upload.file, set_by=owner)


def _place_orders(shop: Organization, owner: User) -> int:
    # The same shop every time: a page looks like its picture in the documentation.
    chance = random.Random(12)  # noqa: S311
    variants = list(sellable_variants(shop))
    lives = sorted(_lives(chance, timezone.now()), key=lambda one: one[0])
    for index, (placed_at, life) in enumerate(lives):
        order = orders.place_order(
            organization=shop,
            buyer=_buyer(index),
            items=_items(chance, variants),
            origin=_origin(life.channel, index),
            note=chance.choice(NOTES),
            placed_at=placed_at,
            placed_by=owner if life.channel == Order.Channel.STAFF else None,
        )
        for step in life.steps:
            step(order, owner)
    for index in (3, 8):
        orders.save_draft(
            organization=shop,
            buyer=_buyer(index),
            items=_items(chance, variants),
            saved_by=owner,
        )
    return len(lives)


def _lives(chance: random.Random, now: datetime) -> Iterator[tuple[datetime, Life]]:
    for life in LIVES:
        newest, oldest = life.days_ago
        for _ in range(life.orders):
            yield now - timedelta(days=chance.uniform(newest + 0.1, oldest)), life


def _buyer(index: int) -> orders.Buyer:
    name, address = CUSTOMERS[index * 5 % len(CUSTOMERS)]
    first = name.split()[0].lower().replace("é", "e").replace("í", "i")
    return orders.Buyer(
        email=f"{first}@customer.example", name=name, shipping_address=f"{name}\n{address}"
    )


def _items(chance: random.Random, variants: Sequence[Variant]) -> list[orders.Item]:
    chosen = chance.sample(variants, k=chance.randint(1, 4))
    return [orders.Item(variant, chance.choice([1, 1, 1, 2, 3])) for variant in chosen]


def _origin(channel: Order.Channel, index: int) -> orders.Origin:
    if channel == Order.Channel.API:
        return orders.Origin(channel, external_ref=f"web-{1000 + index}")
    return orders.Origin(channel)
