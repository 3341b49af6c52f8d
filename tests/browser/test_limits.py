"""What holds when the browser, the session or the reader's language is another than we thought."""

from collections.abc import Callable

from apps.accounts.models import User
from tests.browser.desk import PASSWORD, Desk, Shop, place
from tests.browser.people import Person, Screen

People = Callable[..., Person]


def test_an_order_is_taken_without_javascript(
    person: People, screen: Screen, shop: Shop, desk: Desk
) -> None:
    with desk.books(shop) as organization:
        place(organization, ASSAM=1)
        place(organization, KYUSU=1)
    owner = person(screen, java_script_enabled=False).signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/orders/").page
    owner.sees("2 orders")
    page.locator(".orders-tools summary").click()
    owner.types("Total from", "50").presses("Show").sees("1 order")
    owner.opens_row("Order 2").sees("Kyusu Teapot")
    owner.opens(f"/{shop.slug}/orders/new/")
    owner.types("Find a product by name, SKU or barcode", "sencha").presses("Add")
    owner.sees("Sencha is on the order: 1")
    owner.types("Quantity of Sencha", "2").types("Name", "Amy March").presses("Place order")
    owner.sees("Order 3 is placed.")
    owner.sees("€23.80")
    page.locator("#deed-confirm summary").click()
    owner.presses("Confirm the order").sees("Order 3 is confirmed.")
    owner.is_content()


def test_a_file_is_imported_without_javascript(person: People, shop: Shop, desk: Desk) -> None:
    body = b"Handle,Title,Variant SKU,Variant Price\nwhisk,Bamboo Whisk,WHISK,19.00\n"
    owner = person(java_script_enabled=False).signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/imports/new/?what=products").page
    page.get_by_label("CSV file", exact=True).set_input_files(
        {"name": "whisk.csv", "mimeType": "text/csv", "buffer": body}
    )
    owner.presses("Upload")
    owner.reloads_until("Which column is which?")
    owner.presses("Show what would change").reloads_until("What the import would do")
    owner.presses("Import").reloads_until("What came of it")
    owner.opens(f"/{shop.slug}/products/").sees("Bamboo Whisk")
    owner.is_content()


def test_what_was_typed_outlives_the_session(person: People, screen: Screen, shop: Shop) -> None:
    owner = person(screen).signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/orders/new/").page
    page.keyboard.type("assam")
    page.keyboard.press("Enter")
    owner.sees("Assam Breakfast is on the order: 1")
    owner.types("Quantity of Assam Breakfast", "7")
    owner.types("Name", "Beth March").types("Email", "beth@customer.example")
    owner.types("Note", "Leave it with the neighbour")
    page.context.clear_cookies(name="sessionid")
    owner.presses("Place order")
    page.fill("[name=login]", shop.owner)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    owner.sees("What you typed here before is back.")
    assert owner.field("Quantity of Assam Breakfast").input_value() == "7"
    assert owner.field("Name").input_value() == "Beth March"
    assert owner.field("Email").input_value() == "beth@customer.example"
    assert owner.field("Note").input_value() == "Leave it with the neighbour"
    owner.presses("Place order").sees("Order 1 is placed.")
    owner.sees("€48.30")
    owner.is_content()


def test_whoever_reads_german_is_spoken_to_in_german(
    person: People, screen: Screen, shop: Shop, desk: Desk
) -> None:
    with desk.books(shop) as organization:
        User.objects.filter(email=shop.owner).update(language="de")
        place(organization, KYUSU=2)
    owner = person(screen).signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/orders/").page
    assert page.locator("html").get_attribute("lang") == "de"
    owner.sees("1 Bestellung")
    owner.sees("124,00")
    owner.opens_row("Bestellung 1").sees("Als bezahlt markieren")
    owner.sees("Was geschah")
    owner.opens(f"/{shop.slug}/orders/new/").sees("Neue Bestellung")
    page.keyboard.type("assam")
    page.keyboard.press("Enter")
    owner.sees("Assam Breakfast steht auf der Bestellung: 1")
    owner.is_content()
