"""What is wrong with a registry, in the reader's language; what the loader says in English is the source. Pure."""

import re

from app.console.texts import N_, Texts

_LABEL = re.compile(
    r"(?:(?P<kind>grid|person|station|source)(?: (?P<code>[^:]*))?: )?(?:boundary: )?(?P<rest>.*)", re.DOTALL
)
_KINDS = {
    "grid": N_("Grid"),
    "person": N_("Person"),
    "station": N_("Station"),
    "source": N_("Source"),
}
_FIELDS = {
    "username": N_("user name"),
    "name": N_("name"),
    "phone": N_("telephone"),
    "password": N_("password"),
    "grid": N_("grid"),
    "role": N_("role"),
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
_F, _V = r"(?P<field>\w+)", r"(?P<value>.+?)"
_ITEM = r"(?:(?P<field>\w+) )?"
"""The field, or nothing for an item of a list."""
_SAID: tuple[tuple[str, str], ...] = (
    (rf"{_F} is missing", N_("%(field)s is missing")),
    (rf"{_ITEM}is empty", N_("%(field)s is empty")),
    (rf"{_ITEM}is longer than (?P<most>\d+) characters", N_("%(field)s: at most %(most)s characters")),
    (rf"{_F} is shorter than (?P<least>\d+) characters", N_("%(field)s: at least %(least)s characters")),
    (rf"{_ITEM}holds a control character", N_("%(field)s holds a control character")),
    (
        rf"{_ITEM}must be text: put quotes round {_V}",
        N_("%(field)s must be text: put quotes round %(value)s"),
    ),
    (rf"{_ITEM}must be text, not {_V}", N_("%(field)s must be text, not %(value)s")),
    (rf"{_F} must be a list, not {_V}", N_("%(field)s must be a list, not %(value)s")),
    (rf"{_F} must be a mapping, not {_V}", N_("%(field)s must be a mapping, not %(value)s")),
    (rf"{_F} must be a number, not {_V}", N_("%(field)s must be a number, not %(value)s")),
    (rf"{_F} must be a whole number, not {_V}", N_("%(field)s must be a whole number, not %(value)s")),
    (
        rf"{_F} {_V} lies outside (?P<low>\S+) to (?P<high>\S+)",
        N_("%(field)s %(value)s lies outside %(low)s to %(high)s"),
    ),
    (
        rf"{_F} {_V} is no day \(2026-01-31\) nor an instant with its offset",
        N_("%(field)s %(value)s is no day (2026-01-31) nor an instant with its offset"),
    ),
    (
        rf"{_F} {_V} may hold only letters, digits, .*",
        N_(
            "%(field)s %(value)s: only letters, digits and - _ . are taken, and the first is a letter or a digit"
        ),
    ),
    (
        rf"{_F} (?P<value>\S+) is taken already, in line (?P<line>\d+)",
        N_("%(field)s %(value)s is taken already, in line %(line)s"),
    ),
    (rf"{_ITEM}(?P<value>\S+) is none of (?P<known>.+)", N_("%(field)s %(value)s is none of %(known)s")),
    (r"unknown key; known are (?P<known>.+)", N_("unknown key; known are %(known)s")),
    (
        r"the code (?P<value>\S+) is taken by another grid in line (?P<line>\d+)",
        N_("the code %(value)s is taken by another grid in line %(line)s"),
    ),
    (
        r"there is no grid (?P<value>\S+), neither in this file nor in the database",
        N_("there is no grid %(value)s"),
    ),
    (
        r"the county code (?P<value>\d+) is retired \((?P<why>.*)\)",
        N_("the county code %(value)s is retired: %(why)s"),
    ),
    (
        r"the database has grid (?P<value>\S+) of level (?P<level>\d) directly below it",
        N_("the grid %(value)s of level %(level)s stands directly below it"),
    ),
    (r"a park is a grid of level 2, not \d", N_("a park is a grid of level 2")),
    (r"a grid of level 1 has no parent", N_("a grid of level 1 has no parent")),
    (
        r"parent is missing: a grid of level (?P<level>\d) has one of level (?P<above>\d)",
        N_("parent is missing: a grid of level %(level)s has one of level %(above)s"),
    ),
    (
        r"the parent (?P<value>\S+) is of level (?P<found>\d); above level (?P<level>\d) stands level (?P<above>\d)",
        N_("the parent %(value)s is of level %(found)s; above level %(level)s stands level %(above)s"),
    ),
    (r"stands above itself: (?P<value>.+)", N_("stands above itself: %(value)s")),
    (r"the duty would end before it begins", N_("the duty would end before it begins")),
    (
        r"the duty of (?P<role>\S+) in (?P<value>\S+) is listed twice for the same time",
        N_("this duty in %(value)s is there twice for the same time"),
    ),
    (
        r"without a grid at (?P<value>\(.+\)) lies in more than one level-2 boundary: (?P<known>.+)",
        N_("without a grid at %(value)s lies in more than one level-2 boundary: %(known)s"),
    ),
    (
        r"without a grid at (?P<value>\(.+\)), and no level-2 grid has a boundary to place it by",
        N_("without a grid at %(value)s, and no level-2 grid has a boundary to place it by"),
    ),
    (
        r"without a grid at (?P<value>\(.+\)) lies in no level-2 boundary",
        N_("without a grid at %(value)s lies in no level-2 boundary"),
    ),
    (r"boundary must be a GeoJSON geometry, not .*", N_("the boundary must be a GeoJSON geometry")),
    (r"boundary has no coordinates", N_("the boundary has no coordinates")),
    (r"must be a list that is not empty", N_("must be a list that is not empty")),
    (r"must be a position.*", N_("must be a position of two numbers, [lon, lat]")),
    (r"not a sound polygon: (?P<why>.*)", N_("not a sound polygon: %(why)s")),
    (
        r"a ring needs at least 4 positions, this one has (?P<found>\d+)",
        N_("a ring needs at least 4 positions, this one has %(found)s"),
    ),
    (
        r"the ring is not closed: it begins at (?P<value>.+) and ends at (?P<found>.+)",
        N_("the ring is not closed: it begins at %(value)s and ends at %(found)s"),
    ),
    (
        r"(?P<value>.+) is no longitude and latitude in degrees",
        N_("%(value)s is no longitude and latitude in degrees"),
    ),
    (r"encloses no area", N_("encloses no area")),
    (r"(?P<kind_>\w+) must be a mapping, not (?P<value>.+)", N_("an entry must be a mapping, not %(value)s")),
    (r"the key (?P<value>.+) stands here twice", N_("the key %(value)s stands here twice")),
    (r"the file is empty: .*", N_("the file is empty")),
    (
        r"the file must be a mapping of lists: .*",
        N_("the file must be a mapping of lists: grids, people, stations, sources"),
    ),
    (r"not YAML: (?P<why>.*)", N_("not YAML: %(why)s")),
    (r"not JSON: (?P<why>.*)", N_("not JSON: %(why)s")),
    (r"the tag (?P<value>.+) is not allowed", N_("the tag %(value)s is not allowed")),
    (r"nothing is anchored as (?P<value>.+) before this", N_("nothing is anchored as %(value)s before this")),
    (r"a second document begins here.*", N_("a second document begins here; a registry file has one")),
    (r"nested deeper than (?P<most>\d+) levels", N_("nested deeper than %(most)s levels")),
    (r"a key must be plain text", N_("a key must be plain text")),
    (r"more than (?P<most>\S+) values with .*", N_("more than %(most)s values with all aliases written out")),
    (r"larger than (?P<most>.+)", N_("larger than %(most)s")),
)
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), msgid) for pattern, msgid in _SAID)


def fault_in_words(words: Texts, message: str) -> str:
    """The message of a fault; as the loader says it where no translation is known."""
    labelled = _LABEL.fullmatch(message)
    if labelled is None:
        return message
    rest = labelled["rest"]
    for pattern, msgid in _PATTERNS:
        if found := pattern.fullmatch(rest):
            values = {key: value for key, value in found.groupdict().items() if value is not None}
            field = values.get("field", "")
            values["field"] = words.say(_FIELDS.get(field, field)) if field else ""
            rest = words.say(msgid, **values).strip()
            break
    if labelled["kind"] is None:
        return rest
    kind = words.say(_KINDS[labelled["kind"]])
    return f"{kind} {labelled['code']}: {rest}" if labelled["code"] else f"{kind}: {rest}"
