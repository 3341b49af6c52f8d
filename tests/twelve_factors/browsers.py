"""A browser: cookies, forms, and whichever web process the router happens to choose."""

import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.processes.deploys import Answer, Web
from tests.processes.shops import PASSWORD

SIGN_IN = "/accounts/login/"
# Only for who is signed in.
PRIVATE = "/accounts/email/"


class Browser:
    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def get(self, web: Web, path: str) -> Answer:
        return self._keep(web.ask(path, headers=self._headers()))

    def post(self, web: Web, path: str, **form: str) -> Answer:
        """Send a form as the page would, with the token that this browser has."""
        headers = self._headers() | {"Content-Type": "application/x-www-form-urlencoded"}
        headers["X-CSRFToken"] = self.cookies.get("csrftoken", "")
        body = urlencode(form).encode()
        return self._keep(web.ask(path, method="POST", body=body, headers=headers))

    def sign_in(self, web: Web, email: str, password: str = PASSWORD) -> Answer:
        page = self.get(web, SIGN_IN).body.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        return self.post(web, SIGN_IN, login=email, password=password, csrfmiddlewaretoken=token[1])

    def is_signed_in(self, web: Web) -> bool:
        return self.get(web, PRIVATE).status == 200

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _keep(self, answer: Answer) -> Answer:
        for line in answer.cookies:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer
