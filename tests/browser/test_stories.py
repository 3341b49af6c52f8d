"""What people come to do, from beginning to end, on a desk and on a phone."""

import re
from collections.abc import Callable

from tests.browser.desk import PASSWORD, Shop
from tests.browser.people import Person, Screen

People = Callable[..., Person]


def test_somebody_signs_up_and_confirms_their_address(person: People, screen: Screen) -> None:
    newcomer = person(screen)
    email = f"new-{screen.name}@shop.example"
    newcomer.opens("/").follows("Open your order desk")
    page = newcomer.page
    page.fill("[name=organization_name]", f"New on the {screen.name}")
    page.fill("[name=email]", email)
    page.fill("[name=password1]", PASSWORD)
    page.press("[name=password1]", "Enter")
    newcomer.sees("Your first order goes here")
    newcomer.desk.deploy.wait_until_quiet()
    (mail,) = newcomer.desk.deploy.mail.to(email)
    body = mail.get_body(("plain",))
    assert body
    link = re.search(r"http://localhost:\d+(/accounts/confirm-email/\S+)", body.get_content())
    assert link
    newcomer.opens(link[1]).presses("Yes, it is mine")
    newcomer.is_content()


def test_staff_take_an_order(person: People, screen: Screen, shop: Shop) -> None:
    owner = person(screen).signs_in(shop.owner)
    owner.opens(f"/{shop.slug}/orders/new/")
    owner.page.fill("#find", "ASSAM")
    owner.page.press("#find", "Enter")
    owner.sees("Assam Breakfast")
    owner.presses("Place order")
    owner.sees("Order 1")
    owner.is_content()
