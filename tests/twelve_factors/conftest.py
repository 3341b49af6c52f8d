"""The same deploys as in tests/processes."""

from tests.processes.conftest import deploy, deploys, every_process_ends, shop

__all__ = ["deploy", "deploys", "every_process_ends", "shop"]
