"""The same deploys as in tests/processes."""

from tests.processes.conftest import deploy, new_deploy, shop

__all__ = ["deploy", "new_deploy", "shop"]
