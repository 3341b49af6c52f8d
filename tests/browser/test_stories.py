"""What people come to do, from beginning to end, on a desk and on a phone."""

import re
from collections.abc import Callable

from apps.accounts.models import User
from apps.payments import operations as payments
from apps.payments.models import Payment
from tests.browser.desk import PASSWORD, Desk, Shop, place
from tests.browser.people import Person, Screen

People = Callable[..., Person]
MINUS = "\N{MINUS SIGN}"
# As Shopify writes it: a product of two variants, one of one, and one without a price to speak of.
CATALOGUE = """\
Handle,Title,Vendor,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,\
Variant Inventory Qty,Variant Inventory Policy,Variant Price
oolong,Milk Oolong,Leaf & Kettle,true,Weight,100 g,OOLONG-100,shopify,12,deny,14.50
oolong,,,,,250 g,OOLONG-250,shopify,6,deny,31.00
whisk,Bamboo Whisk,Leaf & Kettle,true,Title,Default Title,WHISK,shopify,9,deny,19.00
tray,Tea Tray,Leaf & Kettle,true,Title,Default Title,TRAY,shopify,3,deny,cheap
"""


def test_somebody_signs_up_and_confirms_their_address(
    person: People, screen: Screen, desk: Desk
) -> None:
    newcomer = person(screen)
    email = f"new-{screen.name}@shop.example"
    newcomer.opens("/").follows("Open your order desk")
    page = newcomer.page
    page.fill("[name=organization_name]", f"New on the {screen.name}")
    page.fill("[name=email]", email)
    page.fill("[name=password1]", PASSWORD)
    page.press("[name=password1]", "Enter")
    newcomer.sees("To your first invoice")
    newcomer.sees("Add what you sell")
    link = re.search(r"http://localhost:\d+(/accounts/confirm-email/\S+)", desk.letter(email))
    assert link
    newcomer.opens(link[1]).presses("Yes, it is mine")
    newcomer.sees("You have confirmed")
    newcomer.is_content()


def test_a_catalogue_is_imported_and_what_is_wrong_with_it_is_said(
    person: People, screen: Screen, shop: Shop
) -> None:
    owner = person(screen).signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/batches/").page
    page.locator("a[href$='?what=products']").click()
    page.get_by_label("CSV file", exact=True).set_input_files(
        {"name": "catalogue.csv", "mimeType": "text/csv", "buffer": CATALOGUE.encode()}
    )
    owner.presses("Upload").sees("Which column is which?")
    for field, column in (("SKU", "Variant SKU"), ("Opening stock", "Variant Inventory Qty")):
        chosen = page.get_by_label(field, exact=True).locator("option:checked")
        assert chosen.text_content() == column
    owner.presses("Show what would change").sees("What the import would do")
    owner.sees("Checked")
    assert _counts(owner)["Products to create"] == "2"
    assert _counts(owner)["Variants to create"] == "3"
    assert _counts(owner)["Stock to count in"] == "27"
    owner.sees("1 row will be left out.")
    owner.opens(f"/{shop.slug}/products/")
    assert page.get_by_text("Milk Oolong").count() == 0, "Nothing is changed by looking."
    page.go_back()
    owner.presses("Import").sees("What came of it")
    assert _counts(owner)["Products created"] == "2"
    left_out = page.get_by_role("row").last.inner_text()
    assert " ".join(left_out.split()) == "5 Variant Price “cheap” is not a number such as 24.99"
    owner.opens(f"/{shop.slug}/products/").sees("Milk Oolong")
    owner.sees("Bamboo Whisk")
    assert page.get_by_text("Tea Tray").count() == 0
    owner.is_content()


def _counts(somebody: Person) -> dict[str, str]:
    """What a page says came of a file, by the words beside each figure."""
    groups = somebody.page.locator(".counts > div").all()
    return {group.locator("dt").inner_text(): group.locator("dd").inner_text() for group in groups}


def test_staff_take_an_order_and_its_money(person: People, screen: Screen, shop: Shop) -> None:
    owner = person(screen).signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/orders/").page
    page.get_by_role("link", name="New order").first.click()
    finder = page.get_by_label("Find a product by name, SKU or barcode")
    finder.press_sequentially("breakf")
    choice = page.get_by_role("option", name="Assam Breakfast")
    choice.wait_for()
    assert "500 available" in choice.inner_text()
    choice.click()
    owner.sees("Assam Breakfast is on the order: 1")
    # A scanner is a keyboard that is quick and ends with Enter; it does not wait for us.
    for code in ("SENCHA", "4006381333931", "SENCHA"):
        finder.press_sequentially(code)
        finder.press("Enter")
    owner.sees("Sencha is on the order: 2")
    owner.sees("€92.70")
    owner.types("Name", "Jo March").types("Email", "jo@customer.example")
    owner.presses("Place order").sees("Order 1 is placed.")
    owner.sees("Wait for €92.70, then mark it as paid")
    owner.presses("Mark as paid").sees("Order 1 is paid.")
    owner.sees("Pack it and ship it")
    head = page.locator("#order-head").inner_text()
    assert "Confirmed" in head
    assert "Paid" in head
    owner.is_content()


def test_money_is_returned(person: People, screen: Screen, shop: Shop, desk: Desk) -> None:
    with desk.books(shop) as organization:
        order = place(organization, ASSAM=2)
        olivia = User.objects.get(email=shop.owner)
        payments.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=olivia)
    owner = person(screen).signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/orders/1/").page
    page.locator("#deed-refund summary").click()
    deed = page.locator("#deed-refund")
    deed.get_by_label("Amount").fill("100")
    deed.get_by_label("Reason").fill("One tin was dented")
    owner.presses("Refund the money", within="#deed-refund")
    # More than was paid: said where it was typed, and nothing that was typed is lost.
    deed.locator("[role=alert], .errors").first.wait_for()
    assert deed.get_by_label("Reason").input_value() == "One tin was dented"
    deed.get_by_label("Amount").fill("6.90")
    owner.presses("Refund the money", within="#deed-refund").sees("€6.90 go back to the customer.")
    # It was cash: it is returned when somebody says so.
    owner.sees("Hand the money back")
    owner.presses("Mark as refunded").sees("€6.90 were handed over.")
    page.locator("#order-payments").get_by_text(f"{MINUS}€6.90").wait_for()
    page.locator("#order-head").get_by_text("Partly refunded").wait_for()
    owner.is_content()
