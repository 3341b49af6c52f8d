"""The sprite that icons are drawn from."""

import re
from functools import cache
from pathlib import Path

SPRITE = Path(__file__).parent / "static" / "core" / "icons.svg"


@cache
def icon_names() -> list[str]:
    return sorted(re.findall(r'<symbol id="([\w-]+)"', SPRITE.read_text()))
