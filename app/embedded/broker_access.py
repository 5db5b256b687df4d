"""Who may sign in to the embedded broker and touch which topics: the rights of `app.credentials.acl_file`.

Written as amqtt plugins; `may` is the same rule for the broker's own publish path.
"""

from dataclasses import dataclass
from pathlib import Path

from amqtt.contexts import Action, BaseContext
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from app.credentials import parse_password_file, verify_secret
from app.ingest.source import STATION_KINDS, TOPIC_ROOT


def may(service_user: str, username: str | None, topic: str, action: Action) -> bool:
    """The service may do everything; a station only write, or ask for, topics that carry its own code."""
    if not username:
        return False
    if username == service_user:
        return True
    root, _, kind = topic.rpartition("/")
    parent, _, station = root.rpartition("/")
    base, _, grid = parent.rpartition("/")
    wildcard = action is not Action.PUBLISH and grid == "+"
    return (
        base == TOPIC_ROOT
        and station == username
        and kind in STATION_KINDS
        and grid != ""
        and (wildcard or not set(grid) & set("+#"))
    )


class StationAuth(BaseAuthPlugin):  # type: ignore[misc]  # amqtt ships no types
    """Checks user name and secret against the password file, read again whenever it changes."""

    @dataclass
    class Config:
        password_file: str

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._path = Path(self._get_config_option("password_file"))
        self._stamp: tuple[int, int, int] | None = None
        self._users: dict[str, str] = {}

    async def authenticate(self, *, session: Session) -> bool:
        self._refresh()
        hashed = self._users.get(session.username or "")
        # Hashing for an unknown name too would cost an attacker's time and ours alike: names are no secret.
        return hashed is not None and verify_secret(session.password or "", hashed)

    def _refresh(self) -> None:
        try:
            state = self._path.stat()
        except FileNotFoundError:
            self._stamp, self._users = None, {}
            return
        stamp = (state.st_mtime_ns, state.st_size, state.st_ino)
        if stamp != self._stamp:
            self._users = parse_password_file(self._path.read_text())
            self._stamp = stamp


class StationTopics(BaseTopicPlugin):  # type: ignore[misc]  # amqtt ships no types
    """Refuses subscriptions to what is not the client's own."""

    @dataclass
    class Config:
        service_user: str

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        if session is None or topic is None or action is None:
            return False
        return may(self._get_config_option("service_user"), session.username, topic, action)
