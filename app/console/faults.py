"""What is wrong with a document, in the reader's language: by the templates of those who found it. Pure."""

from app.console.names import named
from app.console.places import place_in_words
from app.console.texts import N_, Texts
from models.said import Said

_FIELDS = {
    "username": N_("user name"),
    "name": N_("name"),
    "phone": N_("telephone"),
    "password": N_("password"),
    "grid": N_("grid"),
    "role": N_("role"),
    "post": N_("post"),
    "full_time": N_("full time"),
    "covers": N_("grids covered"),
    "from": N_("from"),
    "to": N_("to"),
    "code": N_("code"),
    "level": N_("level"),
    "parent": N_("parent"),
    "kind": N_("kind"),
    "aliases": N_("aliases"),
    "boundary": N_("boundary"),
    "lon": N_("longitude"),
    "lat": N_("latitude"),
    "secret": N_("secret"),
    "cadence_s": N_("reporting interval"),
    "category": N_("category"),
    "pollutants": N_("pollutants"),
}
_COLUMNS = {
    "site": N_("Station"),
    "site_code": N_("Station"),
    "station": N_("Station"),
    "station code": N_("Station"),
    "date": N_("Day"),
    "hour": N_("Hour"),
    "grid": N_("County or park"),
    "unit": N_("County or park"),
    "county": N_("County or park"),
    "place": N_("County, park or station"),
    "value": N_("Index"),
    "index": N_("Index"),
    "composite": N_("Index"),
    "composite_index": N_("Index"),
    "year": N_("Year"),
    "pollutant": N_("Pollutant"),
    "yearly": N_("Target of the year"),
    "target": N_("Target of the year"),
} | {f"m{number}": N_("Month") for number in range(1, 13)}
"""What columns of tables mean that are called in English."""
_LAYERS = {
    "grid": N_("grid %(code)s"),
    "station": N_("station %(code)s"),
    "season": N_("season %(code)s"),
    "response": N_("response %(code)s"),
    "severity": N_("severity %(code)s"),
    "grid_kind": N_("kind of grid %(code)s"),
}


def in_words(words: Texts, said: str) -> str:
    """The sentence in the reader's language; a text that keeps no template is given as it is."""
    if not isinstance(said, Said):
        return said
    return words.say(said.template, **{name: _value(words, name, said.values[name]) for name in said.values})


def _value(words: Texts, name: str, value: object) -> object:
    if isinstance(value, Said):
        return in_words(words, value)
    if isinstance(value, tuple):
        say = {"layers": _layer, "columns": _column}.get(name, in_words)
        told = [say(words, one if isinstance(one, Said) else str(one)) for one in value]
        return words.say(", ").join(told)
    if name == "field":
        return words.say(_FIELDS.get(str(value), str(value)))
    if name == "column":
        return _column(words, str(value))
    if name == "place":
        return place_in_words(words, str(value))
    if name == "role":
        return named(words, "role", str(value))
    return value


def _column(words: Texts, called: str) -> str:
    """A column by what it means, with what the file calls it where that is another word."""
    meaning = _COLUMNS.get(called.lower())
    if meaning is None or words.say(meaning).lower() == called.lower():
        return called
    return words.say("%(meaning)s (%(called)s)", meaning=words.say(meaning), called=called)


def _layer(words: Texts, name: object) -> str:
    """What lies over a document, such as `season heating`; the document's own names stay as they are."""
    kind, _, code = str(name).partition(" ")
    return words.say(_LAYERS[kind], code=code) if kind in _LAYERS and code else str(name)
