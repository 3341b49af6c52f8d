"""What stands where: figures below their heading, fields beside each other, words in one piece."""

from collections.abc import Callable

from playwright.sync_api import Locator

from apps.inventory.models import StockLevel
from tests.browser.desk import Desk, Shop, place
from tests.browser.people import Person

People = Callable[..., Person]


def test_sums_stand_below_their_heading_and_what_was_ordered_is_not_cut(
    person: People, shop: Shop, desk: Desk
) -> None:
    with desk.books(shop) as organization:
        place(organization, ASSAM=1, KYUSU=20)
    owner = person().signs_in(shop.owner).reads("de")
    page = owner.opens(f"/{shop.slug}/orders/").page
    for sort in ("-placed", "total", "-total"):
        owner.opens(f"/{shop.slug}/orders/?sort={sort}")
        heading, amount = (page.evaluate(END_OF_WORDS, cell) for cell in ("th", "td"))
        assert abs(heading - amount) < 1
        # And what was ordered is there to be read.
        assert page.locator(".orders-what").evaluate(IS_WHOLE)
    owner.is_content()


IS_WHOLE = "words => words.scrollHeight <= words.clientHeight"
LINES_OF_FIRST_WORDS = """cell => {
  const words = document.createRange();
  words.selectNodeContents(cell.firstChild);
  return new Set([...words.getClientRects()].map((box) => box.top)).size;
}"""
# Where the words in the last cell of a row end, and not the cell itself.
END_OF_WORDS = """cell => {
  const words = document.createRange();
  const last = [...document.querySelectorAll(`.orders-table ${cell}:last-child`)].at(-1);
  const found = document.createTreeWalker(last, NodeFilter.SHOW_TEXT, {
    acceptNode: (node) => node.data.trim() ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT,
  });
  const node = found.nextNode();
  words.setStart(node, node.data.search(/\\S/));
  words.setEnd(node, node.data.trimEnd().length);
  return words.getBoundingClientRect().right;
}"""


def test_two_fields_stand_at_one_height_and_what_is_wrong_has_room_below_both(
    person: People, shop: Shop, desk: Desk
) -> None:
    with desk.books(shop) as organization:
        level = StockLevel.objects.get(organization=organization, variant__sku="KYUSU")
    owner = person().signs_in(shop.owner).reads("de")
    page = owner.opens(f"/{shop.slug}/stock/{level.pk}/").page
    delta, counted = page.locator("#id_delta"), page.locator("#id_counted")
    assert page.locator("td.whole").evaluate(LINES_OF_FIRST_WORDS) == 1
    assert _box(delta)["y"] == _box(counted)["y"]

    delta.fill("-4000")
    page.locator("#id_reason").fill("Bruch")
    page.locator("form:has(#id_delta) .button-main").click()
    wrong = page.locator("#id_delta_error")
    wrong.wait_for()
    assert _box(wrong)["width"] > _box(delta)["width"] * 2
    assert _box(wrong)["y"] > _box(counted)["y"]
    assert _box(delta)["y"] == _box(counted)["y"]


def test_ticks_stay_beside_the_fields_of_a_row_in_which_something_is_wrong(
    person: People, shop: Shop, desk: Desk
) -> None:
    owner = person().signs_in(shop.owner)
    page = owner.opens(f"/{shop.slug}/products/kyusu/").page
    price = page.locator("[name$=-price]").first
    price.fill("abc")
    owner.presses("Save product")
    page.locator(".grid .errors").first.wait_for()
    tick = _box(page.locator(".grid [name$=-track_stock]").first)
    field = _box(price)
    assert abs(tick["y"] + tick["height"] / 2 - field["y"] - field["height"] / 2) <= 1


def _box(found: Locator) -> dict[str, float]:
    box = found.bounding_box()
    assert box
    return dict(box)  # type: ignore[arg-type]
