"""An English sentence that keeps what it was made of, so that a page can say it again in another language."""

from collections.abc import Mapping

from models.errors import Invalid


class Said(str):
    """Text like any other, with its `template` (a msgid) and the `values` of its holes.

    A value may itself be one, or a tuple of texts that are listed. One called `field`, `place` or `role` is a name
    that a page may have a word for. The catalogue's test finds every template that is written at the call.
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, /, **values: object) -> "Said":
        plain = {
            name: ", ".join(map(str, value)) if isinstance(value, tuple) else value
            for name, value in values.items()
        }
        made = super().__new__(cls, template % plain if values else template)
        made.template = template
        made.values = values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        return (self.template,), dict(self.values)


def misplaced(place: str, fault: Said) -> Invalid:
    """What is wrong at a place of a document, such as `rules.network.fine.z`."""
    return Invalid(Said("%(place)s: %(fault)s", place=place, fault=fault))
