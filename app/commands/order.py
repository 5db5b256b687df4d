"""`geshao order pack`: an order's evidence pack, on the machine of the service."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from app import outgoing
from app.commands.start import fail, run_with_database
from app.database import Sessions, transaction
from app.flows.pack import make, told_of
from app.pack.archive import chunks
from app.settings import Settings
from models.clock import SystemClock
from models.errors import NotFound
from models.order import WorkOrder

order_app = typer.Typer(no_args_is_help=True, help="Single orders.")


@order_app.callback()
def orders() -> None:
    """Single orders."""


@order_app.command("pack")
def pack(
    number: Annotated[str, typer.Argument(help="The order's number.")],
    out: Annotated[Path, typer.Option(help="Where the ZIP is written; there must be no such file yet.")],
) -> None:
    """Write an order's evidence pack 证据包; that it was taken is noted among the order's events."""
    if out.exists():
        fail(f"{out} exists already", 2)

    async def work(sessions: Sessions, settings: Settings) -> str:
        async with sessions() as session:
            order_id = await session.scalar(select(WorkOrder.id).where(WorkOrder.number == number))
        if order_id is None:
            raise NotFound(f"no order {number}")
        packed = await make(sessions, order_id, data_dir=settings.data_dir)
        with packed.file as file:
            now = SystemClock().now()
            async with transaction(sessions) as session:
                await outgoing.tell(session, [told_of(packed, caller=None, now=now)], frozenset(), now=now)
            with out.open("xb") as target:
                for chunk in chunks(file):
                    target.write(chunk)
        return packed.sha256

    typer.echo(f"{run_with_database(work)}  {out}")
