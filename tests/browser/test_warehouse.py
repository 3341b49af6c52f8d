"""From the shelf to the customer's door: picked on a phone, shipped, and followed by who waits."""

import re
from collections.abc import Callable

from apps.accounts.models import User
from apps.payments import operations as payments
from apps.payments.models import Payment
from tests.browser.desk import JO, Desk, Shop, place
from tests.browser.people import PHONE, Person

People = Callable[..., Person]


def test_an_order_is_picked_and_shipped_and_its_customer_follows_it(
    person: People, shop: Shop, desk: Desk
) -> None:
    with desk.books(shop) as organization:
        order = place(organization, ASSAM=2, KYUSU=1)
        olivia = User.objects.get(email=shop.owner)
        payments.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=olivia)
    _pick_and_ship(person(PHONE).signs_in(shop.picker), shop)
    link = _link_in(desk, "on its way")
    _follow(person(PHONE), link)
    _fetch_invoice(person(PHONE).signs_in(shop.owner), shop)


def _pick_and_ship(picker: Person, shop: Shop) -> None:
    page = picker.opens(f"/{shop.slug}/picking/").page
    picker.sees("Jo March")
    picker.presses("Pick Order 1")
    picker.sees("0 of 3")
    # A scanner types into whatever has the focus: nobody touched the field.
    _scans(picker, "SENCHA")
    picker.sees("SENCHA is not on this list. Put it back.")
    _scans(picker, "ASSAM")
    picker.sees("Assam Breakfast: 1 of 2")
    _scans(picker, "ASSAM")
    picker.sees("2 of 3")
    _scans(picker, "4006381333931")
    picker.sees("All picked. Pack and ship it.")
    picker.types("Carrier", "DHL").types("Tracking number", "00340434161094")
    picker.presses("Ship it").sees("Order 1 is on its way.")
    assert page.get_by_text("Nothing waits to be picked").count() or "picking" in page.url
    picker.is_content()


def _scans(somebody: Person, code: str) -> None:
    somebody.page.keyboard.type(code)
    somebody.page.keyboard.press("Enter")


def _link_in(desk: Desk, subject: str) -> str:
    """The path of the page of the order, from the mail to its customer."""
    desk.deploy.wait_until_quiet()
    found = [mail for mail in desk.deploy.mail.to(JO.email) if subject in mail["Subject"]]
    body = found[-1].get_body(("plain",))
    assert body
    link = re.search(r"http://localhost:\d+(/track/\S+)", body.get_content())
    assert link, body.get_content()
    return link[1]


def _follow(customer: Person, link: str) -> None:
    customer.opens(link).sees("DHL · 00340434161094")
    customer.sees("2 × Assam Breakfast, 1 × Kyusu Teapot")
    assert customer.page.get_by_role("link", name="Sign in").count() == 0
    assert customer.barriers() == []
    customer.is_content()


def _fetch_invoice(owner: Person, shop: Shop) -> None:
    page = owner.opens(f"/{shop.slug}/orders/1/").page
    # It is drawn by the worker; the page shows it when it is there.
    link = page.get_by_role("link", name="Download PDF")
    link.wait_for()
    with page.expect_download() as download:
        link.click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    owner.sees("Shipped and paid: nothing is left to do.")
    owner.is_content()
