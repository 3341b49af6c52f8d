"""Deploys for tests. Everything else about them is in the modules beside this one."""

from collections.abc import Callable, Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.processes.deploys import Deploy
from tests.processes.shops import Shop, open_shop

type NewDeploy = Callable[[str], Deploy]

__all__ = ["NewDeploy", "deploy", "new_deploy", "shop"]


@pytest.fixture(scope="module")
def new_deploy(django_db_blocker: DjangoDbBlocker) -> Iterator[NewDeploy]:
    """Make a deploy with services of its own, named for its purpose."""
    made: list[Deploy] = []

    def make(purpose: str) -> Deploy:
        made.append(Deploy(purpose, django_db_blocker))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture(scope="module")
def deploy(new_deploy: NewDeploy) -> Deploy:
    return new_deploy("deploy")


@pytest.fixture(scope="module")
def shop(deploy: Deploy) -> Shop:
    return open_shop(deploy)
