"""What is promised of contacts: phone numbers, account names and addresses that listings and their pictures give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach a seller, read in a listing or in one of its pictures.

    `kind` is a stable word: `phone`, `landline`, `wechat`, `qq`, `url`, `email` or another. `value` is normalised: two
    contacts are the same when kind and value are equal. `picture_no` is None where it stands in the listing's own text.
    """

    kind: str
    value: str
    listing_no: int
    picture_no: int | None = None


class ContactsReader(Protocol):
    """Reads the contacts of a library. Sees committed data only, safe to use from several threads."""

    def iterate_contacts(self, batch_size: int = 1000) -> Iterator[list[Contact]]:
        """Yield all contacts by ascending `listing_no`; all those of a listing stand in one batch."""
        ...

    def contacts_of(self, listing_nos: Sequence[int]) -> dict[int, list[Contact]]:
        """Return the contacts of each listing; an empty list for one that gives none or does not exist."""
        ...

    def listings_with_contact(self, kind: str, value: str) -> list[int]:
        """Return the ascending `listing_no`s that give a contact; `value` is normalised."""
        ...
