#!/usr/bin/env python
"""Factor XII (Admin processes): one-off commands run the same code, config and image as web."""

import os
import sys

# These commands look at the code alone, so they need no service and no secret (see BUILD_MODE).
NEED_NOTHING = {"collectstatic", "makemigrations", "twelve_factors", "environment", "help"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if NEED_NOTHING.intersection(sys.argv[1:2]):
        os.environ.setdefault("BUILD_MODE", "true")

    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
