"""Say what the environment may hold. Needs no service, no secret and no database."""

from dataclasses import MISSING, Field, fields
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

# By its name, as the settings name the tables of the events app: no app imports config.
DECLARATIONS = "config.environment"


class Command(BaseCommand):
    help = "Print every variable the settings read: its name, its default, and what it is for."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--example", action="store_true", help="print .env.example instead")

    def handle(self, *args: Any, example: bool, **options: Any) -> None:
        environment = import_module(DECLARATIONS)
        text = environment.example() if example else table(environment)
        self.stdout.write(text, ending="")


def table(environment: Any) -> str:
    """Return a line for each variable, and for the names that platforms give the same thing."""
    nothing = environment.read({"BUILD_MODE": "true"})
    rows = [("NAME", "DEFAULT", "WHAT IT IS FOR")]
    for one in fields(nothing):
        required = isinstance(getattr(nothing, one.name), environment.Unset)
        rows.append((one.name, "(required)" if required else _default(one), one.metadata["help"]))
        rows += [(f"  or {alias}", "", "") for alias in one.metadata["aliases"]]
    names, defaults, _ = (max(map(len, column)) for column in zip(*rows, strict=True))
    lines = (f"{name:{names}}  {default:{defaults}}  {what}" for name, default, what in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _default(one: Field[Any]) -> str:
    return "" if one.default is MISSING else str(one.default)
