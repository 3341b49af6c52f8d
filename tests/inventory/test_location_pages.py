import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.inventory import operations
from apps.inventory.models import Location, StockLevel, StockMovement

ATTIC = {"code": "ATTIC", "name": "Attic", "priority": "9"}


@pytest.fixture
def desk(client: Client, alice: User, acme: Organization) -> Client:
    """Alice at her desk."""
    client.force_login(alice)
    return client


@pytest.fixture
def main(acme: Organization) -> Location:
    return operations.default_location(acme)


@pytest.fixture
def attic(acme: Organization) -> Location:
    return operations.create_location(organization=acme, code="ATTIC", name="Attic", priority=9)


def test_an_empty_page_says_what_a_location_is_for(desk: Client) -> None:
    assert "No location yet" in desk.get("/acme/stock/locations/").text
    assert "There is one place only" in desk.get("/acme/stock/transfers/").text


def test_a_location_is_opened(desk: Client, teapot: Variant) -> None:
    answer = desk.post("/acme/stock/locations/", ATTIC)

    assert answer["Location"] == "/acme/stock/locations/"
    page = desk.get("/acme/stock/locations/")
    shown = [(one.code, one.units, one.kinds) for one in page.context["places"]]
    assert shown == [("MAIN", 10, 1), ("ATTIC", 0, 0)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "attic one"}, "code"),
        ({"code": "A" * 21}, "code"),
        ({"code": "A\0"}, "code"),
        ({"code": "MAIN"}, "code"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"priority": ""}, "priority"),
        ({"priority": "0"}, "priority"),
        ({"priority": "first"}, "priority"),
        ({"priority": "99999999999999999999"}, "priority"),
    ],
)
def test_what_is_no_location_is_said_at_its_field(
    desk: Client, main: Location, change: dict[str, str], field: str
) -> None:
    typed = ATTIC | change

    answer = desk.post("/acme/stock/locations/", typed)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["form"].data["name"] == typed["name"]
    assert Location.objects.count() == 1


def test_a_location_is_renamed_and_served_earlier(desk: Client, attic: Location) -> None:
    desk.post(f"/acme/stock/locations/{attic.pk}/", {"name": "Loft", "priority": "1"})

    attic.refresh_from_db()
    assert (attic.name, attic.priority, attic.code) == ("Loft", 1, "ATTIC")


def test_a_name_that_is_none_keeps_what_was_typed(desk: Client, attic: Location) -> None:
    answer = desk.post(f"/acme/stock/locations/{attic.pk}/", {"name": "", "priority": "77"})

    assert answer.status_code == 422
    assert 'value="77"' in answer.text


def test_a_location_with_stock_is_not_closed(
    desk: Client, teapot: Variant, main: Location, attic: Location
) -> None:
    answer = desk.post(f"/acme/stock/locations/{main.pk}/closure/")

    assert answer.status_code == 422
    assert "There is still stock at Main warehouse" in answer.text
    main.refresh_from_db()
    assert main.active


def test_an_empty_location_is_closed_and_opened_again(
    desk: Client, main: Location, attic: Location
) -> None:
    desk.post(f"/acme/stock/locations/{attic.pk}/closure/")
    attic.refresh_from_db()
    assert not attic.active
    assert "Open again" in desk.get(f"/acme/stock/locations/{attic.pk}/").text

    desk.post(f"/acme/stock/locations/{attic.pk}/opening/")
    attic.refresh_from_db()
    assert attic.active


def test_stock_is_carried_from_one_place_to_another(
    desk: Client, teapot: Variant, main: Location, attic: Location
) -> None:
    level = teapot.levels.get()
    form = desk.get("/acme/stock/transfers/", {"sku": "TEAPOT", "source": str(level.location_id)})
    assert 'value="TEAPOT"' in form.text

    answer = desk.post(
        "/acme/stock/transfers/",
        {
            "sku": "TEAPOT",
            "source": str(main.pk),
            "target": str(attic.pk),
            "quantity": "4",
            "reason": "Room",
        },
    )

    assert answer["Location"] == f"/acme/stock/{level.pk}/"
    assert StockLevel.objects.get(location=attic).on_hand == 4
    assert desk.get("/acme/stock/movements/").text.count('Transfer: <span class="wrap">Room<') == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sku": "NOPE"}, "sku"),
        ({"sku": ""}, "sku"),
        ({"sku": "T\0"}, "sku"),
        ({"target": "MAIN"}, "target"),
        ({"target": "999999"}, "target"),
        ({"target": "x"}, "target"),
        ({"source": ""}, "source"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "many"}, "quantity"),
        ({"quantity": "9" * 30}, "quantity"),
        ({"quantity": "11"}, "__all__"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 201}, "reason"),
    ],
)
def test_a_transfer_that_cannot_be_is_said_at_its_field(
    desk: Client,
    teapot: Variant,
    main: Location,
    attic: Location,
    change: dict[str, str],
    field: str,
) -> None:
    typed = {"sku": "TEAPOT", "quantity": "4", "reason": "Room for more"} | change
    typed = {"source": str(main.pk), "target": str(attic.pk)} | typed
    if typed["target"] == "MAIN":
        typed["target"] = str(main.pk)

    answer = desk.post("/acme/stock/transfers/", typed)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["form"].data["reason"] == typed["reason"]
    assert not StockMovement.objects.filter(kind="transfer").exists()


def test_the_history_has_more_pages(desk: Client, teapot: Variant, main: Location) -> None:
    for number in range(51):
        operations.adjust_stock(
            variant=teapot, location=main, delta=1, reason=f"No {number}.", actor=None
        )

    first = desk.get("/acme/stock/movements/")
    second = desk.get("/acme/stock/movements/", {"after": first.context["page"].next})

    assert len(first.context["page"].movements) == 50
    assert [one.reason for one in second.context["page"].movements] == ["No 0.", "First delivery"]
    mangled = desk.get("/acme/stock/movements/", {"after": "nonsense\0"})
    assert len(mangled.context["page"].movements) == 50


def test_pages_take_the_same_statements_however_much_there_is(
    desk: Client,
    teapot: Variant,
    kettle: Variant,
    main: Location,
    attic: Location,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(4):
        desk.get("/acme/stock/locations/")
    with django_assert_num_queries(5):
        desk.get("/acme/stock/movements/")


def test_a_viewer_sees_at_once_that_there_is_nothing_to_fill_in(
    client: Client, victor: User, attic: Location
) -> None:
    client.force_login(victor)

    page = client.get(f"/acme/stock/locations/{attic.pk}/").text

    above, fields = page.split("<fieldset", 1)
    assert "Your role in this organization is to look" in above
    assert fields.partition(">")[0].endswith(" disabled")
    assert "</button>" not in fields.partition("</form>")[0]
