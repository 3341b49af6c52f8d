"""What scripts do when hands are quick, the network is away or the session is over."""

from collections.abc import Callable

from playwright.sync_api import Page, Route

from apps.orders import operations as orders
from tests.browser.desk import Desk, Shop, place
from tests.browser.people import PHONE, Person, Screen

People = Callable[..., Person]


def test_what_is_scanned_into_an_order_is_added_however_fast(
    person: People, shop: Shop, desk: Desk
) -> None:
    with desk.books(shop) as organization:
        orders.confirm_order(order=place(organization, KYUSU=1), confirmed_by=None)
    owner = person().signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/orders/1/change/").page
    page.locator("#find").focus()
    for code in ("ASSAM", "SENCHA", "ASSAM"):
        _scan(page, code)
    # The teapot, two of the one tea and one of the other.
    owner.sees("€87.70")
    page.context.clear_cookies(name="sessionid")
    _scan(page, "SENCHA")
    owner.sees("You are signed out.")
    assert page.input_value("#find") == "SENCHA"
    owner.is_content()


def test_a_scan_is_not_cut_short_by_what_was_scanned_before_it(
    person: People, shop: Shop, desk: Desk
) -> None:
    with desk.books(shop) as organization:
        orders.confirm_order(order=place(organization, KYUSU=1), confirmed_by=None)
    owner = person().signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/orders/1/change/").page
    on_its_way: list[Route] = []

    def hold_back(route: Route) -> None:
        on_its_way.append(route)

    page.route("**/choices/?find=ASSAM", hold_back)
    page.locator("#find").focus()
    # All at one go, so that nobody looks for it while it is typed.
    page.keyboard.insert_text("ASSAM")
    page.keyboard.press("Enter")
    page.keyboard.type("SEN")
    for route in on_its_way:
        route.continue_()
    owner.sees("€68.90")
    assert page.input_value("#find") == "SEN"

    _scan(page, "CHA")

    # The teapot, and one of each tea.
    owner.sees("€80.80")
    owner.is_content()


def test_what_is_typed_while_the_scripts_are_on_their_way_is_looked_for(
    person: People, shop: Shop
) -> None:
    owner = person().signs_in(shop.owner)
    on_its_way: list[Route] = []

    def hold_back(route: Route) -> None:
        on_its_way.append(route)

    owner.page.route("**/finder*.js", hold_back)
    owner.page.goto(f"/{shop.slug}/orders/new/", wait_until="commit")
    owner.page.locator("#find").press_sequentially("breakf")
    on_its_way[0].continue_()
    owner.page.get_by_role("option", name="Assam Breakfast").wait_for()
    owner.is_content()


def test_what_could_not_be_added_stands_in_the_field_again(person: People, shop: Shop) -> None:
    owner = person().signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/orders/new/").page
    page.context.set_offline(True)
    _scan(page, "ASSAM")
    owner.sees("The server cannot be reached.")
    assert page.input_value("#find") == "ASSAM"
    page.context.set_offline(False)
    page.press("#find", "Enter")
    owner.sees("Assam Breakfast is on the order: 1")
    owner.is_content()


def test_enter_in_a_field_leaves_whoever_types_where_they_are(person: People, shop: Shop) -> None:
    owner = person().signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/orders/new/").page
    name = page.locator("[name=name]")
    name.fill("Jo March")

    name.press("Enter")

    assert name.evaluate("one => one === document.activeElement")
    page.keyboard.type(" senior")
    assert name.input_value() == "Jo March senior"
    owner.is_content()


def test_no_key_of_the_desk_is_taken_from_a_scanner(person: People, shop: Shop, desk: Desk) -> None:
    with desk.books(shop) as organization:
        orders.confirm_order(order=place(organization, KYUSU=2), confirmed_by=None)
    picker = person().signs_in(shop.picker)
    page = picker.opens(f"/{shop.slug}/picking/").page
    picker.presses("Pick Order 1").sees("0 of 2")
    page.locator(".pick-head .soft").click()
    _scan(page, "kyusu")
    picker.sees("Kyusu Teapot: 1 of 2")
    picker.is_content()


def test_an_order_is_marked_as_paid_without_leaving_its_page(
    person: People, shop: Shop, desk: Desk
) -> None:
    with desk.books(shop) as organization:
        place(organization, KYUSU=1)
    owner = person().signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/orders/1/").page
    page.evaluate("window.isTheSame = true")
    # Its form has a field that is called "method".
    owner.presses("Mark as paid").sees("Order 1 is paid.")
    assert page.evaluate("window.isTheSame")
    owner.is_content()


def test_an_open_order_is_looked_after_when_the_server_is_back(
    person: People, shop: Shop, desk: Desk
) -> None:
    with desk.books(shop) as organization:
        place(organization, KYUSU=1)
    owner = person().signs_in(shop.owner)
    page = owner.page
    page.clock.install()
    answers = []

    def is_away(route: Route) -> None:
        answers.append(503)
        route.fulfill(status=503)

    page.route("**/*seen=*", is_away, times=4)
    owner.opens(f"/{shop.slug}/orders/1/")
    with desk.books(shop) as organization:
        orders.confirm_order(order=organization.orders.get(number=1), confirmed_by=None)
    for _ in range(5):
        page.clock.run_for(21_000)
        page.wait_for_timeout(200)
    page.locator("#order-head").get_by_text("Confirmed", exact=True).wait_for()
    assert answers == [503] * 4


def test_a_form_that_was_stopped_can_be_sent_again(person: People, shop: Shop) -> None:
    owner = person().signs_in(shop.owner)
    page = owner.page
    page.clock.install()
    owner.opens(f"/{shop.slug}/settings/").types("Name", "Leaf & Pot")
    # Sent twice, asked for once; and the answer leaves the page where it is.
    sent = []

    def stays(route: Route) -> None:
        sent.append(route.request.method)
        route.fulfill(status=204)

    page.route("**/settings/", stays)
    page.evaluate(
        "for (const _ of [1, 2]) document.querySelector('form[data-guarded]').requestSubmit()"
    )
    page.wait_for_timeout(500)
    page.unroute("**/settings/")
    assert sent == ["POST"]
    page.clock.run_for(10_000)
    owner.presses("Save settings").sees("The settings are saved.")
    owner.is_content()


def test_an_upload_says_that_one_is_signed_out(person: People, shop: Shop) -> None:
    owner = person().signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/imports/new/?what=products").page
    page.get_by_label("CSV file", exact=True).set_input_files(
        {"name": "whisk.csv", "mimeType": "text/csv", "buffer": b"Handle,Title\n"}
    )
    page.context.clear_cookies(name="sessionid")
    owner.presses("Upload").sees("You are signed out.")
    owner.is_content()


def test_a_form_that_was_refused_shows_what_is_wrong(person: People, shop: Shop) -> None:
    owner = person(PHONE).signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/products/new/").page
    owner.types("Name", "Milk jug").types("SKU 1", "JUG").types("Price 1", "x")
    owner.presses("Save product").sees("Enter a number.")
    price = page.locator("[aria-invalid=true]:focus")
    assert price.input_value() == "x"
    box = price.bounding_box()
    assert box
    assert 0 < box["y"] < 844 - 160
    # What is wrong in no field is said above them.
    owner.opens(f"/{shop.slug}/orders/new/").presses("Place order")
    page.locator("[role=alert]:focus", has_text="Add at least one product").wait_for()
    owner.is_content()


def test_a_refusal_has_the_focus_without_scripts(person: People, shop: Shop) -> None:
    owner = person(java_script_enabled=False).signs_in(shop.owner)
    owner.opens(f"/{shop.slug}/orders/new/").presses("Place order")
    owner.page.locator("[role=alert]:focus", has_text="Add at least one product").wait_for()


def test_an_order_without_an_address_says_so_before_it_is_placed(
    person: People, shop: Shop, screen: Screen
) -> None:
    owner = person(screen).signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/orders/new/").page
    said = page.get_by_text("No shipping address: only for collection.")
    said.wait_for(state="hidden")
    page.locator("#find").focus()
    _scan(page, "ASSAM")
    said.wait_for()
    owner.types("Shipping address", "Orchard House")
    said.wait_for(state="hidden")
    owner.types("Shipping address", "")
    said.wait_for()
    assert owner.barriers() == []
    owner.presses("Place order").sees("Order 1 is placed.")
    owner.is_content()


def test_what_is_said_on_a_phone_covers_no_button_at_its_foot(person: People, shop: Shop) -> None:
    owner = person(PHONE).signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/orders/new/").page
    page.locator("#find").focus()
    _scan(page, "ASSAM")
    owner.sees("Assam Breakfast is on the order: 1")
    page.context.set_offline(True)
    _scan(page, "ASSAM")
    said = owner.sees("The server cannot be reached.")
    page.context.set_offline(False)
    # A press on what is covered would wait for ever.
    owner.presses("Save draft").sees("The draft is saved.")
    said.wait_for(state="hidden")
    owner.is_content()


def _scan(page: Page, code: str) -> None:
    page.keyboard.type(code)
    page.keyboard.press("Enter")
