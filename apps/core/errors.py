class Refusal(Exception):
    """
    A rule of the business said no.

    The message is written for the person who asked; `field` names the input it is about, where
    there is one. Anything that is not a Refusal is a bug: let it rise to the log.
    """

    # What HTTP calls it: by default, that it stands against what is there now.
    status = 409

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class InvalidInput(Refusal):
    """The refusal is about what was typed or sent, and would be the same at any time."""

    status = 422
