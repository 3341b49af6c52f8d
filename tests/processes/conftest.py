"""Deploys for tests. Everything else about them is in the modules beside this one."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.processes.deploys import Deploy
from tests.processes.shops import Shop, open_shop

__all__ = ["Deploys", "deploy", "deploys", "nothing_goes_on", "shop"]


class Deploys:
    """The deploys of one test module."""

    def __init__(self, blocker: DjangoDbBlocker) -> None:
        self._blocker = blocker
        self._made: list[Deploy] = []

    def new(self, purpose: str) -> Deploy:
        """Make a deploy with services of its own, named for its purpose."""
        deploy = Deploy(purpose, self._blocker)
        self._made.append(deploy)
        deploy.attach()
        return deploy

    def come_to_rest(self) -> None:
        for deploy in self._made:
            deploy.stop_processes()
            deploy.forget_debts()

    def stop(self) -> None:
        for deploy in self._made:
            deploy.stop()


@pytest.fixture(scope="module")
def deploys(django_db_blocker: DjangoDbBlocker) -> Iterator[Deploys]:
    deploys = Deploys(django_db_blocker)
    yield deploys
    deploys.stop()


@pytest.fixture(autouse=True)
def nothing_goes_on(deploys: Deploys) -> Iterator[None]:
    """Nobody works for the test before, and nothing that it owed is left."""
    yield
    deploys.come_to_rest()


@pytest.fixture(scope="module")
def deploy(deploys: Deploys) -> Deploy:
    return deploys.new("deploy")


@pytest.fixture(scope="module")
def shop(deploy: Deploy) -> Shop:
    return open_shop(deploy)
