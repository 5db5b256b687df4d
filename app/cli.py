"""The command `geshao`."""

from typing import Annotated

import typer

from app.commands.backtest import backtest
from app.commands.broker import broker_app
from app.commands.checks import audit_app, doctor
from app.commands.history import replay
from app.commands.order import order_app
from app.commands.registry import registry_app
from app.commands.serve import run
from app.commands.sla import sla_app
from app.commands.start import fail, run_with_database
from app.commands.user import user_app
from app.database import Sessions
from app.settings import Settings

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="格哨 Geshao: from a microstation's reading to an answered order, with the clock on the answer.",
)
cli.add_typer(registry_app, name="registry")
cli.add_typer(user_app, name="user")
cli.add_typer(audit_app, name="audit")
cli.add_typer(broker_app, name="broker")
cli.add_typer(order_app, name="order")
cli.add_typer(sla_app, name="sla")
cli.command("backtest")(backtest)
cli.command("replay")(replay)
cli.command("doctor")(doctor)


@cli.command("serve")
def serve(
    role: Annotated[str, typer.Option(help="all, or any of ingest,engine,api joined by commas")] = "all",
) -> None:
    """Run the service until SIGINT or SIGTERM."""
    run(role)


@cli.command("demo")
def demo() -> None:
    """Run the service with the Changji registry, real readings and short deadlines; Ctrl-C ends it."""
    # Every other command starts without all that the service is made of.
    from app.commands.demo import demo as play

    play()


@cli.command("migrate")
def migrate() -> None:
    """Bring the database to this release's schema; safe to run twice, and by several at once."""

    async def work(_sessions: Sessions, _settings: Settings) -> None:
        return None

    run_with_database(work)
    typer.echo("the schema is up to date")


def main() -> None:
    """Runs the command line. What is wrong with the call itself is one line too, with code 2."""
    try:
        code = cli(prog_name="geshao", standalone_mode=False)
    except typer.Abort:
        raise SystemExit(130) from None
    except typer.TyperException as error:
        said = error.format_message().rstrip(".")
        if not said:  # a group without a command: its help has been shown
            raise SystemExit(2) from None
        where = getattr(getattr(error, "ctx", None), "command_path", "geshao")
        fail(f"{' '.join(said.split())}; see `{where} --help`", 2)
    raise SystemExit(code if isinstance(code, int) else 0)
