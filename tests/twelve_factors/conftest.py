"""The same deploys as in tests/processes."""

from tests.processes.conftest import deploy, deploys, nothing_goes_on, shop

__all__ = ["deploy", "deploys", "nothing_goes_on", "shop"]
