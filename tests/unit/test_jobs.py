"""The beat ends without a word of failure, whatever duty it cuts off."""

import asyncio

from structlog.testing import capture_logs

from app.jobs import Guarded


async def test_a_duty_cut_off_by_the_shutdown_is_told_as_no_failure() -> None:
    begun = asyncio.Event()

    async def duty() -> None:
        begun.set()
        await asyncio.Event().wait()

    with capture_logs() as said:
        task = asyncio.ensure_future(Guarded("ladders", duty).run())
        await begun.wait()
        task.cancel()
        await task
    assert [(one["event"], one["duty"], one["log_level"]) for one in said] == [
        ("engine.duty_cut", "ladders", "info")
    ]


async def test_a_failing_duty_is_said_and_comes_back() -> None:
    failures = [ValueError("nothing to judge"), None]

    async def duty() -> None:
        failure = failures.pop(0)
        if failure is not None:
            raise failure

    guarded = Guarded("air", duty)
    with capture_logs() as said:
        await guarded.run()
        await guarded.run()
    assert [one["event"] for one in said] == ["engine.duty_failed", "engine.duty_back"]
