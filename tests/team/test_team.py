"""Who joins, who leaves, and that somebody always owns the organization."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Membership, Organization, User
from apps.events.models import Event
from apps.team import operations, queries
from apps.team.models import Invitation
from tests.together import at_once, overtaking

Settle = Callable[[], int]
Role = Membership.Role
PASSWORD = "a-kettle-on-the-hob"


@pytest.fixture
def invitation(acme: Organization, alice: User) -> Invitation:
    return operations.invite(
        organization=acme,
        email="kim@acme.example",
        role=Role.MANAGER,
        invited_by=alice,
        now=timezone.now(),
    )


@pytest.fixture
def desk(client: Client, alice: User, acme: Organization) -> Client:
    client.force_login(alice)
    return client


def path_of(invitation: Invitation) -> str:
    return "/join/" + queries.invitation_link(invitation).rpartition("/join/")[2]


def test_a_colleague_is_invited_by_mail_opens_an_account_and_is_in(
    desk: Client, acme: Organization, settle_all: Settle
) -> None:
    answer = desk.post("/acme/team/", {"email": "kim@acme.example", "role": "warehouse"})
    assert answer["Location"] == "/acme/team/"
    assert "kim@acme.example" in desk.get("/acme/team/").text
    settle_all()
    [message] = mail.outbox
    assert message.to == ["kim@acme.example"]
    assert message.subject == "Alice invites you to Acme"
    path = "/join/" + message.body.partition("/join/")[2].split()[0]

    stranger = Client()
    assert "Alice invites you, as: Warehouse." in stranger.get(path).text
    joined = stranger.post(path, {"name": "Kim", "password": PASSWORD})

    assert joined["Location"] == "/acme/orders/"
    assert stranger.get("/acme/orders/").status_code == 200
    kim = User.objects.get(email="kim@acme.example")
    assert (kim.name, kim.memberships.get().role) == ("Kim", "warehouse")
    assert kim.check_password(PASSWORD)
    assert EmailAddress.objects.get(user=kim).verified
    assert stranger.get(path).status_code == 404


def test_whoever_joins_goes_on_in_the_language_of_the_page_they_joined_on(
    client: Client, acme: Organization, invitation: Invitation
) -> None:
    german = {"HTTP_ACCEPT_LANGUAGE": "de-AT,de"}
    assert acme.locale == "en"
    asked = client.get(path_of(invitation), **german)  # type: ignore[arg-type]
    assert '<html lang="de"' in asked.text

    client.post(path_of(invitation), {"name": "Kim", "password": PASSWORD}, **german)  # type: ignore[arg-type]

    assert User.objects.get(email="kim@acme.example").language == "de"
    assert '<html lang="de"' in client.get("/acme/orders/").text


def test_a_weak_password_is_refused_and_the_name_stays(
    client: Client, invitation: Invitation
) -> None:
    answer = client.post(path_of(invitation), {"name": "Kim", "password": "kim@acme"})

    assert answer.status_code == 422
    assert 'value="Kim"' in answer.text
    assert not User.objects.filter(email="kim@acme.example").exists()


def test_whoever_has_an_account_signs_in_and_accepts(
    client: Client, invitation: Invitation
) -> None:
    kim = User.objects.create_user("KIM@acme.example", PASSWORD)
    path = path_of(invitation)
    page = client.get(path).text
    assert f"/accounts/login/?next={quote(path)}" in page
    assert client.post(path, {"name": "Kim", "password": PASSWORD}).status_code == 200
    assert not kim.memberships.exists()

    client.force_login(kim)
    assert "Accept" in client.get(path).text
    assert not kim.memberships.exists()

    assert client.post(path)["Location"] == "/acme/orders/"
    assert kim.memberships.get().role == "manager"


def test_the_wrong_account_is_told_so_and_does_not_get_in(
    client: Client, invitation: Invitation, mallory: User
) -> None:
    client.force_login(mallory)
    path = path_of(invitation)

    page = client.get(path).text
    answer = client.post(path)

    assert "You are signed in as mallory@globex.example" in page
    assert "the invitation is for kim@acme.example" in page
    assert answer.status_code == 409
    assert "for another address than yours" in answer.text
    assert not mallory.memberships.filter(organization__slug="acme").exists()


def test_a_link_ends_when_it_is_sent_again_taken_back_or_too_old(
    client: Client, invitation: Invitation, alice: User, settle_all: Settle
) -> None:
    first = path_of(invitation)
    again = operations.resend_invitation(invitation=invitation, resent_by=alice, now=timezone.now())
    assert client.get(first).status_code == 404
    assert client.get(path_of(again)).status_code == 200
    settle_all()
    # The mail of the first link had not been written yet: it is not written any more.
    assert len(mail.outbox) == 1

    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(path_of(again)).status_code == 410
    kim = User.objects.create_user("kim@acme.example", PASSWORD)
    again.refresh_from_db()
    with pytest.raises(operations.NotInvited):
        operations.accept_invitation(invitation=again, user=kim, now=timezone.now())

    operations.revoke_invitation(invitation=again, revoked_by=alice, now=timezone.now())
    assert client.get(path_of(again)).status_code == 404
    told = Event.objects.filter(aggregate_type="invitation").order_by("pk")
    assert [one.type for one in told] == [
        "invitation.sent",
        "invitation.sent",
        "invitation.revoked",
    ]


@pytest.mark.parametrize("token", ["x", ":", "%00", "WzEsMV0:forged", "a" * 3000])
def test_a_mangled_link_leads_nowhere(client: Client, invitation: Invitation, token: str) -> None:
    assert client.get(f"/join/{token}/").status_code == 404


def test_an_address_longer_than_any_is_refused(desk: Client) -> None:
    answer = desk.post("/acme/team/", {"email": "x" * 250 + "@a.example", "role": "viewer"})

    assert list(answer.context["form"].errors) == ["email"]


def test_nobody_is_invited_twice_and_no_member_at_all(
    desk: Client, invitation: Invitation, victor: User
) -> None:
    for email, said in [
        ("Kim@acme.example", "invited already"),
        ("VICTOR@acme.example", "a member already"),
    ]:
        answer = desk.post("/acme/team/", {"email": email, "role": "viewer"})

        assert answer.status_code == 422
        assert said in answer.text
        assert email in answer.text
    assert Invitation.objects.count() == 1


def test_the_database_keeps_one_open_invitation_of_an_address(
    invitation: Invitation,
) -> None:
    with pytest.raises(IntegrityError, match="invited_once_at_a_time"), transaction.atomic():
        Invitation.objects.create(
            organization=invitation.organization,
            email="KIM@ACME.EXAMPLE",
            role="viewer",
            expires_at=timezone.now(),
        )


def test_keepers_change_roles_and_remove(desk: Client, acme: Organization, victor: User) -> None:
    member = victor.memberships.get()

    desk.post(f"/acme/team/members/{member.pk}/role/", {"role": "manager"})
    member.refresh_from_db()
    assert member.role == "manager"
    assert (
        "There is no such role."
        in desk.post(f"/acme/team/members/{member.pk}/role/", {"role": "king"}, follow=True).text
    )

    desk.post(f"/acme/team/members/{member.pk}/removal/")
    assert not victor.memberships.exists()


def test_the_others_look_and_see_no_invitation(
    client: Client, victor: User, invitation: Invitation
) -> None:
    client.force_login(victor)

    page = client.get("/acme/team/").text

    assert "alice@acme.example" in page
    assert "kim@acme.example" not in page
    assert client.post("/acme/team/", {"email": "x@y.example", "role": "owner"}).status_code == 403


def test_everybody_may_leave(client: Client, victor: User) -> None:
    client.force_login(victor)

    assert client.post("/acme/team/departure/")["Location"] == "/"
    assert client.get("/acme/orders/").status_code == 404


def test_the_last_owner_stays(desk: Client, alice: User, victor: User) -> None:
    owner = alice.memberships.get()

    for path in ("/acme/team/departure/", f"/acme/team/members/{owner.pk}/removal/"):
        assert "The last owner cannot go." in desk.post(path, follow=True).text
    desk.post(f"/acme/team/members/{owner.pk}/role/", {"role": "admin"})
    owner.refresh_from_db()
    assert owner.role == "owner"

    desk.post(f"/acme/team/members/{victor.memberships.get().pk}/role/", {"role": "owner"})
    desk.post("/acme/team/departure/")
    assert not alice.memberships.exists()


def test_an_admin_does_not_decide_about_owners(
    acme: Organization, alice: User, victor: User
) -> None:
    Membership.objects.filter(user=victor).update(role=Role.ADMIN)
    admin, owner = victor.memberships.get(), alice.memberships.get()

    for act in (
        partial(operations.change_role, member=admin, role=Role.OWNER, changed_by=victor),
        partial(operations.change_role, member=owner, role=Role.VIEWER, changed_by=victor),
        partial(operations.remove_member, member=owner, removed_by=victor),
        partial(
            operations.invite,
            organization=acme,
            email="friend@victor.example",
            role=Role.OWNER,
            invited_by=victor,
            now=timezone.now(),
        ),
    ):
        with pytest.raises(operations.NotYours):
            act()


def test_an_admin_neither_sends_again_nor_takes_back_what_makes_an_owner(
    client: Client, acme: Organization, alice: User, victor: User, invitation: Invitation
) -> None:
    Membership.objects.filter(user=victor).update(role=Role.ADMIN)
    partner = operations.invite(
        organization=acme,
        email="partner@acme.example",
        role=Role.OWNER,
        invited_by=alice,
        now=timezone.now(),
    )
    doors = f"/acme/team/invitations/{partner.pk}/"
    client.force_login(victor)

    page = client.get("/acme/team/").text
    answers = [client.post(doors + deed, follow=True).text for deed in ("", "revocation/")]

    assert "partner@acme.example" in page
    assert doors not in page
    assert all("Only an owner decides who is an owner." in answer for answer in answers)
    partner.refresh_from_db()
    assert (partner.revoked_at, partner.version) == (None, 1)
    # What an owner sent to make anybody else is theirs as well.
    mine = f"/acme/team/invitations/{invitation.pk}/revocation/"
    assert mine in page
    assert "is taken back" in client.post(mine, follow=True).text

    client.force_login(alice)
    assert doors + "revocation/" in client.get("/acme/team/").text
    assert "is taken back" in client.post(doors + "revocation/", follow=True).text


@pytest.mark.django_db(transaction=True)
def test_two_last_owners_who_leave_at_once_do_not_both_go(
    acme: Organization, alice: User, victor: User
) -> None:
    Membership.objects.update(role=Role.OWNER)
    outcomes = at_once(
        [
            partial(operations.remove_member, member=one, removed_by=one.user)
            for one in acme.memberships.select_related("user", "organization")
        ]
    )

    assert sorted(type(one).__name__ for one in outcomes) == ["LastOwner", "NoneType"]
    assert acme.memberships.filter(role=Role.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_link_pressed_many_times_at_once_opens_one_account(invitation: Invitation) -> None:
    outcomes = at_once(
        [
            partial(
                operations.open_account,
                invitation=invitation,
                name="Kim",
                password=PASSWORD,
                now=timezone.now(),
            )
        ]
        * 4
    )

    assert [type(one) for one in outcomes].count(User) == 1
    assert User.objects.get(email="kim@acme.example").memberships.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_organizations_that_invite_one_person_the_slower_one_finds_the_account(
    invitation: Invitation, globex: Organization, mallory: User
) -> None:
    other = operations.invite(
        organization=globex,
        email="Kim@acme.example",
        role=Role.VIEWER,
        invited_by=mallory,
        now=timezone.now(),
    )
    first, second = (
        partial(
            operations.open_account,
            invitation=one,
            name="Kim",
            password=PASSWORD,
            now=timezone.now(),
        )
        for one in (invitation, other)
    )

    outcome = overtaking(first, second)

    assert isinstance(outcome, operations.NotInvited)
    assert "Sign in to accept." in str(outcome)
    assert list(User.objects.get(email="kim@acme.example").organizations.all()) == [
        invitation.organization
    ]


def test_a_large_team_costs_no_more_statements(
    desk: Client,
    acme: Organization,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    for number in range(12):
        person = User.objects.create_user(f"p{number}@acme.example")
        Membership.objects.create(organization=acme, user=person, role=Role.VIEWER)
        Invitation.objects.create(
            organization=acme,
            email=f"i{number}@acme.example",
            role=Role.VIEWER,
            invited_by=person,
            expires_at=timezone.now(),
        )

    with django_assert_max_num_queries(7):  # type: ignore[attr-defined]
        desk.get("/acme/team/")
