"""A shop with one of everything, and the words that stand for each in a path."""

from django.utils import timezone

from apps.accounts import operations as accounts
from apps.accounts.models import Membership, Organization, User
from apps.batches import operations as batches
from apps.catalog.models import Product
from apps.fulfillment import operations as fulfillment
from apps.inventory.models import StockLevel
from apps.orders import operations as orders
from apps.orders.models import OrderHold
from apps.payments import operations as payments
from apps.payments.models import Payment
from apps.payments.queries import checkout_link
from apps.storefront.queries import order_link
from apps.team import operations as team
from apps.team.queries import invitation_link
from tests.browser.desk import JO, place

CATALOGUE = b"Handle,Title,Variant SKU,Variant Price\nmug,Mug,MUG,4.00\ntray,Tray,TRAY,cheap\n"


class Showroom:
    """
    Orders 1 to 7: sent and coming back, being picked in a round with the sixth, waiting for money,
    held, cancelled, and paid.
    """

    def __init__(self, shop: Organization, owner: User) -> None:
        self.shop, self.owner = shop, owner
        self.words = {"slug:organization": shop.slug, **self._orders(), **self._people()}
        self.words |= self._things() | self._files()
        sent = shop.orders.get(number=1)
        waiting = shop.orders.get(number=3)
        self.public = [
            _path(order_link(sent)),
            _path(checkout_link(waiting, Payment.CaptureMethod.AUTOMATIC)),
            _path(invitation_link(shop.invitations.get())),
        ]

    def _orders(self) -> dict[str, str]:
        sent, picked, _waiting, held, cancelled, paid, ready = (
            place(self.shop, ASSAM=2, KYUSU=1) for _ in range(7)
        )
        for order in (sent, picked, cancelled, paid, ready):
            payments.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=self.owner)
        orders.place_hold(
            order=held, kind=OrderHold.Kind.MANUAL, reason="A doubt", placed_by=self.owner
        )
        orders.cancel_order(order=cancelled, reason="Twice the same", cancelled_by=self.owner)
        orders.change_tags(order=paid, add=["gift", "wholesale"], changed_by=self.owner)
        fulfillment.open_wave(chosen=[paid, picked], opened_by=self.owner)
        fulfillment.ship_order(
            order=sent, carrier="DHL", tracking_number="7", shipped_by=self.owner
        )
        fulfillment.request_return(
            order=sent,
            quantities={sent.lines.order_by("position")[0].pk: 1},
            reason="It was dented",
            requested_by=self.owner,
        )
        draft = orders.save_draft(organization=self.shop, buyer=JO, items=[], saved_by=self.owner)
        view = orders.save_view(
            organization=self.shop, owner=self.owner, name="Gifts", query="tag=gift", shared=True
        )
        return {
            "int:number": "1",
            "int:parcel": "1",
            "int:rma": "1",
            "int:draft": str(draft.pk),
            "int:view": str(view.pk),
            "int:payment": str(sent.payments.get().pk),
            "int:refund": "0",
            "int:wave": "1",
            "slug:kind": "manual",
            "slug:label": "INV-00001",
        }

    def _people(self) -> dict[str, str]:
        invitation = team.invite(
            organization=self.shop,
            email="kim@shop.example",
            role=Membership.Role.VIEWER,
            invited_by=self.owner,
            now=timezone.now(),
        )
        key, _ = accounts.create_api_key(organization=self.shop, name="Web shop")
        return {
            "int:customer": str(self.shop.customers.get().pk),
            "int:member": str(self.shop.memberships.exclude(user=self.owner).get().pk),
            "int:invitation": str(invitation.pk),
            "int:key": str(key.pk),
        }

    def _things(self) -> dict[str, str]:
        return {
            "slug:handle": Product.objects.filter(organization=self.shop)[0].handle,
            "int:tax_class": str(self.shop.tax_classes.get().pk),
            "int:location": str(self.shop.locations.get().pk),
            "int:level": str(StockLevel.objects.filter(organization=self.shop)[0].pk),
            "int:file": "0",
        }

    def _files(self) -> dict[str, str]:
        imported = batches.import_sent_file(
            organization=self.shop,
            what="products",
            name="catalogue.csv",
            body=CATALOGUE,
            started_by=self.owner,
        )
        batch = batches.start_batch(
            organization=self.shop, kind="product-export", params={}, started_by=self.owner
        )
        return {"int:imported": str(imported.pk), "int:batch": str(batch.pk)}


def _path(link: str) -> str:
    return "/" + link.split("/", 3)[3]
