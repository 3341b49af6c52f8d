"""Our own code, read as a tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT: Path = settings.BASE_DIR


def sources() -> dict[str, ast.Module]:
    """Return each file of ours that runs in production, by its path."""
    files = [
        ROOT / "manage.py",
        *sorted(ROOT.glob("apps/**/*.py")),
        *sorted(ROOT.glob("config/*.py")),
    ]
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in files
    }


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the first name of every module that is imported, anywhere in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
