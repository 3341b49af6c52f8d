"""People in front of screens, and what they notice."""

import re
from typing import Any, Literal, NamedTuple

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Response

from tests.browser.desk import PASSWORD, Desk

# Milliseconds. A machine that runs other tests beside this one is slow.
PATIENCE = 20_000
Scheme = Literal["light", "dark"]


class Screen(NamedTuple):
    name: str
    options: dict[str, Any]


DESKTOP = Screen("desktop", {"viewport": {"width": 1280, "height": 900}})
PHONE = Screen(
    "phone",
    {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
)


class Person:
    """Somebody at a screen. Whatever breaks before their eyes fails the test in `is_content`."""

    def __init__(self, page: Page, desk: Desk) -> None:
        self.page = page
        self.desk = desk
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("response", self._notice)
        page.on("console", self._hear)

    def _notice(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} from {response.url}")

    def _hear(self, message: Any) -> None:
        # What the policy forbids is only ever told to the console.
        if "Content Security Policy" in message.text:
            self.complaints.append(message.text)

    def opens(self, path: str) -> "Person":
        self.page.goto(path)
        return self

    def signs_in(self, email: str) -> "Person":
        self.opens("/accounts/login/")
        self.page.fill("[name=login]", email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/accounts/login/" not in url)
        return self

    def reads(self, language: str) -> "Person":
        """Choose the language of the desk, by its code."""
        self.opens("/accounts/person/")
        self.page.select_option("[name=language]", language)
        self.page.locator("main .button-main").click()
        self.page.wait_for_load_state()
        return self

    def types(self, label: str, text: str) -> "Person":
        self.field(label).fill(text)
        return self

    def opens_row(self, name: str) -> "Person":
        """Press the number of a row: the middle of the link is the middle of the whole row."""
        link = self.page.get_by_role("link", name=name, exact=True)
        link.click(position={"x": 4, "y": 4})
        return self

    def field(self, label: str) -> Locator:
        """The field of this name, whether it has to be filled or not."""
        named = re.compile(rf"^{re.escape(label)}( \(optional\))?$")
        return self.page.get_by_label(named).locator("visible=true").first

    def ticks(self, label: str) -> "Person":
        """Tick a box by its words: they, and the cell around it, lie over the box itself."""
        self.page.locator("label").filter(has_text=re.compile(rf"^{re.escape(label)}$")).click()
        return self

    def presses(self, name: str, *, within: str = "body") -> "Person":
        self.page.locator(within).get_by_role("button", name=name, exact=True).first.click()
        return self

    def follows(self, name: str, *, within: str = "body") -> "Person":
        self.page.locator(within).get_by_role("link", name=name, exact=True).first.click()
        return self

    def sees(self, words: str) -> Locator:
        """Wait until these words can be read."""
        found = self.page.get_by_text(words).locator("visible=true").first
        found.wait_for()
        return found

    def reloads_until(self, words: str) -> "Person":
        """Look again until the worker has done its part."""
        for _ in range(40):
            if self.page.get_by_text(words).locator("visible=true").count():
                return self
            self.page.wait_for_timeout(250)
            self.page.reload()
        self.sees(words)
        return self

    def is_content(self) -> None:
        assert self.complaints == []

    def barriers(self, scheme: Scheme = "light") -> list[str]:
        """
        Return what axe finds on this page, one line for each element.

        In the dark nothing but colours is another, so only those are looked at.
        """
        self.page.emulate_media(color_scheme=scheme)
        self.page.evaluate(HAS_SETTLED)
        options = WCAG if scheme == "light" else COLOURS
        found = Axe().run(self.page, options=options).response["violations"]
        return [
            f"{self.page.url} ({scheme}): {one['id']}: {node['html'][:160]}"
            f" {[check['message'] for check in node['any'][:1]]}"
            for one in found
            for node in one["nodes"]
        ]

    def misfits(self, width: int) -> list[str]:
        """Return what is wider than its place in a window of so many CSS pixels."""
        self.page.set_viewport_size({"width": width, "height": 844})
        return [
            f"{self.page.url} ({width} px): too wide: {one}" for one in self.page.evaluate(TOO_WIDE)
        ]


# The page is laid out anew: after a change of the window's width, Chromium keeps some widths of
# before, or does not, as it has the time.
TOO_WIDE = """() => {
  const page = document.documentElement;
  page.style.display = "none";
  page.getBoundingClientRect();
  page.style.display = "";
  const cards = [...document.querySelectorAll(".card")].filter((card) => {
    const table = card.querySelector(":scope > table, :scope > form > table");
    return table && table.getBoundingClientRect().right > card.getBoundingClientRect().right + 1;
  });
  const found = cards.map((card) => card.innerText.slice(0, 60));
  return page.scrollWidth > page.clientWidth ? ["the page", ...found] : found;
}"""
# A colour half-way to another is none of ours.
HAS_SETTLED = """() => {
  const moving = document.getAnimations().filter((one) => one instanceof CSSTransition);
  const ended = Promise.allSettled(moving.map((one) => one.finished));
  return Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1000))]);
}"""
COLOURS = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
# All rules of axe, its best practices too.
WCAG = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}
