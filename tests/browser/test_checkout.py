"""A customer pays by card on a phone, and the desk sees it happen."""

from collections.abc import Callable

from apps.payments.models import Payment
from apps.payments.queries import checkout_link
from tests.browser.desk import Desk, Shop, place
from tests.browser.people import DESKTOP, PHONE, Person

People = Callable[..., Person]
GOOD = "4242424242424242"
DECLINED = "4000000000000002"


def test_a_customer_pays_by_card_and_the_desk_shows_it_without_being_asked(
    person: People, shop: Shop, desk: Desk
) -> None:
    with desk.books(shop) as organization:
        order = place(organization, ASSAM=3)
        path = (
            "/pay/" + checkout_link(order, Payment.CaptureMethod.AUTOMATIC).rpartition("/pay/")[2]
        )
    owner = person(DESKTOP).signs_in(shop.owner)
    owner.opens(f"/{shop.slug}/orders/1/").sees("Wait for €20.70, then mark it as paid")

    customer = person(PHONE).opens(path)
    customer.sees("Assam Breakfast")
    _pays(customer, DECLINED)
    customer.sees("Your card was declined.")
    assert customer.barriers() == []
    _pays(customer, GOOD)
    customer.sees("It is paid. Thank you!")
    assert customer.barriers() == []

    # Nobody touches the desk.
    owner.sees("Pack it and ship it")
    owner.page.locator("#order-head").get_by_text("Paid", exact=True).wait_for()
    customer.opens(path).sees("It is paid. Thank you!")
    for somebody in (customer, owner):
        somebody.is_content()


def _pays(customer: Person, card: str) -> None:
    # The fields of the local stand-in for the provider, which is no page of ours.
    for name, value in (
        ("number", card),
        ("exp_month", "12"),
        ("exp_year", "2040"),
        ("cvc", "123"),
        ("postal_code", "01742"),
    ):
        customer.page.fill(f"#card input[placeholder={name}]", "")
        customer.page.locator(f"#card input[placeholder={name}]").press_sequentially(value)
    customer.presses("Pay €20.70")
