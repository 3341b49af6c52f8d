"""Deploys for tests. Everything else about them is in the modules beside this one."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.processes.deploys import Deploy
from tests.processes.shops import Shop, open_shop

__all__ = ["Deploys", "deploy", "deploys", "every_process_ends", "shop"]


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

    def end_processes(self) -> None:
        for deploy in self._made:
            deploy.stop_processes()

    def stop(self) -> None:
        for deploy in self._made:
            deploy.stop()


@pytest.fixture(scope="module")
def deploys(django_db_blocker: DjangoDbBlocker) -> Iterator[Deploys]:
    deploys = Deploys(django_db_blocker)
    yield deploys
    deploys.stop()


@pytest.fixture(autouse=True)
def every_process_ends(deploys: Deploys) -> Iterator[None]:
    """Nobody works on for the test before."""
    yield
    deploys.end_processes()


@pytest.fixture(scope="module")
def deploy(deploys: Deploys) -> Deploy:
    return deploys.new("deploy")


@pytest.fixture(scope="module")
def shop(deploy: Deploy) -> Shop:
    return open_shop(deploy)
