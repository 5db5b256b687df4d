"""Who acts."""

from dataclasses import dataclass

from models.ids import PersonId


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, with the name the journal keeps."""

    id: PersonId
    name: str
