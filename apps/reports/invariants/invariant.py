from typing import NamedTuple


class Invariant(NamedTuple):
    """
    Something that is true of the books whenever no transaction is open.

    `query` finds where it is not: rows of an organization's id and what is wrong, in words. It has
    no parameters, so that whoever asks may wrap it.
    """

    name: str
    sentence: str
    query: str
