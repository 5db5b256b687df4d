"""What a duty of a registry file says beside its role: which of the two chiefs, full time, the grids covered."""

from app.registry.fields import Entry, not_a_code
from app.registry.tree import Tree
from models.enums import ChiefPost, Role
from models.said import Said

_POSTS = tuple(post.value for post in ChiefPost)
MOST_COVERED = 200


def read_terms(
    entry: Entry, tree: Tree, grid: str, role: str
) -> tuple[str | None, bool | None, tuple[str, ...] | None]:
    """Post, full time and the codes covered, None for what is not said; each only where the role has it."""
    post = entry.choice("post", _POSTS) or None
    full_time = entry.boolean("full_time")
    covers = entry.texts("covers", limit=32, integers=True, check=not_a_code)
    for key, of in (("post", Role.CHIEF), ("full_time", Role.SUPERVISOR), ("covers", Role.SUB_CHIEF)):
        if entry.said(key) and role and role != of:
            entry.wrong(key, Said("is said of %(role)s only", role=of.value))
    if covers is not None and len(covers) > MOST_COVERED:
        entry.wrong("covers", Said("has more than %(most)s entries", most=MOST_COVERED))
    if covers is not None:
        _check_covered(entry, tree, grid, covers)
    return post, full_time, covers


def _check_covered(entry: Entry, tree: Tree, grid: str, covers: tuple[str, ...]) -> None:
    """Each is a grid directly below the duty's own."""
    for code in covers:
        if tree.require(entry, "covers", code) and grid and tree.parent(code) != grid:
            said = Said("%(value)s does not stand directly below %(above)s", value=code, above=grid)
            entry.wrong("covers", said)
