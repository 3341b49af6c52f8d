"""The list of orders: many at once, and views that colleagues share."""

from collections.abc import Callable

from apps.orders import operations as orders
from tests.browser.desk import Desk, Shop, place
from tests.browser.people import Person, Screen

People = Callable[..., Person]


def test_many_orders_are_confirmed_at_once_and_the_rest_is_explained(
    person: People, screen: Screen, shop: Shop, desk: Desk
) -> None:
    with desk.books(shop) as organization:
        placed = [place(organization, ASSAM=1) for _ in range(52)]
        orders.cancel_order(order=placed[7], reason="Twice the same", cancelled_by=None)
        orders.confirm_order(order=placed[20], confirmed_by=None)
    owner = person(screen).signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/orders/").page
    owner.ticks("Choose order 52").ticks("All 52 that match")
    owner.presses("Confirm").sees("50 orders will be changed")
    owner.sees("2 will be skipped")
    for reason in ("This order is cancelled.", "This order is confirmed."):
        owner.sees(reason)
    owner.presses("Confirm orders").sees("What came of it")
    owner.sees("50 rows, 2 left out")
    left_out = page.get_by_role("table").inner_text()
    assert "Order 8" in left_out
    assert "Order 21" in left_out
    owner.opens(f"/{shop.slug}/orders/?status=confirmed").sees("51 orders")
    owner.is_content()


def test_a_page_of_orders_is_chosen_with_one_tick(person: People, shop: Shop, desk: Desk) -> None:
    with desk.books(shop) as organization:
        placed = [place(organization, SENCHA=1) for _ in range(3)]
        orders.confirm_order(order=placed[0], confirmed_by=None)
    owner = person().signs_in(shop.owner)
    owner.opens(f"/{shop.slug}/orders/")
    owner.ticks("Choose all on this page")
    owner.sees("3 chosen")
    owner.presses("Confirm").sees("2 orders will be changed")
    owner.sees("This order is confirmed.")
    owner.presses("Confirm orders").sees("2 orders are confirmed.")
    owner.is_content()


def test_a_view_that_somebody_shares_is_there_for_their_colleagues(
    person: People, screen: Screen, shop: Shop, desk: Desk
) -> None:
    with desk.books(shop) as organization:
        placed = [place(organization, ASSAM=1, SENCHA=1) for _ in range(2)]
        orders.change_tags(order=placed[0], add=["wholesale"], changed_by=None)
    owner = person(screen).signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/orders/").page
    page.locator(".orders-tools summary").click()
    owner.types("Tag", "wholesale").presses("Show").sees("1 order")
    assert page.get_by_text("as a view").filter(visible=True).count() <= 1
    page.locator("a[href='#save-view']").click()
    owner.types("Name", "For the big ones")
    owner.ticks("Colleagues see it too")
    owner.presses("Save the view").sees("For the big ones")
    owner.is_content()

    colleague = person(screen).signs_in(shop.picker)
    colleague.opens(f"/{shop.slug}/orders/").sees("2 orders")
    tab = colleague.page.get_by_role("link", name="For the big ones (shared by Olivia Owner)")
    tab.click()
    colleague.sees("1 order")
    assert colleague.page.locator("[aria-current=page]").inner_text().startswith("For the big")
    colleague.page.get_by_role("link", name="Order 1", exact=True).wait_for()
    colleague.is_content()
