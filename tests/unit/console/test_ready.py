"""What is read before the service says that it is ready."""

from app.console.pages import _environment, assets, ready


def test_every_template_and_every_file_has_been_read() -> None:
    ready()
    for language in ("zh", "en"):
        environment = _environment(language)
        assert environment.cache is not None
        read = {name for _, name in environment.cache}
        assert read == set(environment.list_templates())
    assert {"console.js", "air.css", "map.js"} <= assets().keys()
