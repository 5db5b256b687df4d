"""The grid registry: reading a file, checking it, loading it, and the snapshot everybody asks."""

from importlib.resources import files


def default_registry_text() -> str:
    """The registry of Changji that ships with the service, as YAML."""
    return (files("app") / "data" / "changji.yaml").read_text(encoding="utf-8")
