"""The desk with a keyboard alone: nothing here points at anything."""

from collections.abc import Callable

from apps.orders import operations as orders
from tests.browser.desk import PASSWORD, Desk, Shop, place
from tests.browser.people import Person

People = Callable[..., Person]
# What the element with the focus is called, by those who cannot see it.
NAME = """() => {
  const one = document.activeElement;
  const labels = [...(one.labels ?? [])].map((label) => label.textContent);
  const names = [one.ariaLabel, ...labels, one.textContent].filter(Boolean).join(" ");
  return names.replace(/\\s+/g, " ").trim();
}"""
# Whether one sees where the focus is: a ring around it, or around what it is in. It may come into
# view with the focus, which takes a frame or two.
IS_SEEN = """async () => {
  const one = document.activeElement;
  const frame = one.closest(".choice, .searchbar, .check, .scan");
  const hasRing = (box, part) => {
    const style = getComputedStyle(box, part);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    return ring || style.boxShadow !== "none";
  };
  const isSeen = () => {
    const { width, height, top, bottom } = one.getBoundingClientRect();
    const drawn = hasRing(one) || hasRing(one, "::after") || (frame && hasRing(frame));
    return drawn && width > 0 && height > 0 && bottom > 0 && top < innerHeight;
  };
  for (let frames = 0; frames < 20 && !isSeen(); frames += 1) {
    await new Promise(requestAnimationFrame);
  }
  return isSeen();
}"""


class Typist:
    """Somebody without a mouse, who notices when they do not see where they are."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.keyboard = person.page.keyboard
        self.lost: list[str] = []

    def presses(self, *keys: str) -> "Typist":
        # Words can be read before the scripts, which listen for keys, have begun.
        self.person.page.wait_for_load_state("domcontentloaded")
        for key in keys:
            self.keyboard.press(key)
        return self

    def types(self, text: str) -> "Typist":
        self.keyboard.type(text)
        return self

    @property
    def at(self) -> str:
        return str(self.person.page.evaluate(NAME))

    def tabs_to(self, name: str, *, key: str = "Tab") -> "Typist":
        """Go on until the focus is on what begins with this name; note where one is lost."""
        passed = []
        for _ in range(80):
            self.keyboard.press(key)
            if not self.person.page.evaluate(IS_SEEN):
                self.lost.append(self.at)
            if self.at.startswith(name):
                return self
            passed.append(self.at)
        raise AssertionError(f"{name} is not reached by {key}: {passed}")


def test_an_order_is_taken_and_confirmed_without_a_mouse(person: People, shop: Shop) -> None:
    owner = person().opens("/accounts/login/")
    hands = Typist(owner)
    hands.tabs_to("Email").types(shop.owner)
    hands.tabs_to("Password").types(PASSWORD).presses("Enter")
    owner.sees("To your first invoice")
    hands.presses("g", "o")
    owner.sees("New order")
    hands.presses("n")
    owner.sees("Nothing on this order yet.")
    # One begins to type at once: the field has the focus.
    hands.types("assam").presses("Enter")
    owner.sees("Assam Breakfast is on the order: 1")
    hands.types("kyu")
    owner.page.get_by_role("option", name="Kyusu Teapot").wait_for()
    hands.presses("ArrowDown", "Enter")
    owner.sees("Kyusu Teapot is on the order: 1")
    hands.tabs_to("Name").types("Jo March")
    hands.tabs_to("Email").types("jo@customer.example")
    hands.tabs_to("Place order").presses("Enter")
    owner.sees("Order 1 is placed.")
    hands.tabs_to("Or confirm it without payment").presses("Enter")
    hands.tabs_to("Confirm the order").presses("Enter")
    owner.sees("Order 1 is confirmed.")
    assert hands.lost == []
    owner.is_content()


def test_an_order_is_picked_without_a_mouse(person: People, shop: Shop, desk: Desk) -> None:
    with desk.books(shop) as organization:
        order = place(organization, ASSAM=2)
        orders.confirm_order(order=order, confirmed_by=None)
    picker = person().signs_in(shop.picker)
    hands = Typist(picker)
    hands.presses("g", "k")
    picker.sees("Jo March")
    hands.tabs_to("Pick Order 1").presses("Enter")
    picker.sees("0 of 2")
    hands.tabs_to("One Assam Breakfast more").presses("Enter")
    picker.sees("Assam Breakfast: 1 of 2")
    hands.types("ASSAM").presses("Enter")
    picker.sees("All picked. Pack and ship it.")
    # The parcel's label is scanned next: its field has the focus.
    hands.types("00340434161094")
    hands.tabs_to("Ship it").presses("Enter")
    picker.sees("Order 1 is on its way.")
    assert hands.lost == []
    picker.is_content()


def test_the_way_to_the_content_is_short(person: People, shop: Shop, desk: Desk) -> None:
    with desk.books(shop) as organization:
        place(organization, ASSAM=1)
        place(organization, SENCHA=1)
    owner = person().signs_in(shop.owner)
    hands = Typist(owner.opens(f"/{shop.slug}/orders/"))
    hands.presses("Tab")
    assert hands.at == "Skip to the content"
    hands.presses("Enter", "Tab")
    assert hands.at == "New order"
    # Rows are walked with j and k, chosen with x and opened with Enter.
    hands.presses("j", "j", "x")
    assert owner.page.get_by_label("Choose order 1", exact=True).is_checked()
    hands.presses("k", "Enter")
    owner.page.wait_for_url(f"**/{shop.slug}/orders/2/")
    hands.presses("?")
    owner.sees("Show this")
    assert owner.barriers() == []
    hands.presses("Escape")
    owner.page.get_by_text("Show this").wait_for(state="hidden")
    assert hands.lost == []
    owner.is_content()
