"""The one way through the house: hands facts from one domain to the next inside one transaction. No rules here."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts import events
from alerts.integrity import cases
from alerts.network.happening import Happening
from app import below, outgoing, suppression
from app.auth.permissions import ROLES, permit, permit_grid
from app.auth.scope import Caller
from app.database import after_commit
from app.explain import explain
from app.flows import lapse
from app.flows.going_out import going_out
from app.flows.held import held, unchanged
from app.metrics import Metrics
from app.notices.writing import Notifier
from app.registry.directory import Directory
from app.views.standing import standing
from dispatch import acts, recusal, units
from dispatch import service as dispatch
from dispatch.commands import Command, GiveFeedback
from models.clock import Clock
from models.enums import CaseState, OrderAct, Severity
from models.errors import SecondPersonNeeded
from models.facts import AlertDue, AlertOpened, AlertRaised, Fact, OrderMoved, StationInfo
from models.ids import GridId, OrderId, PersonId
from sla import changes, fair, holding
from sla import service as sla
from sla.policy import Policy


class Pipeline:
    """Alerts → orders → clocks → journal and outbox. Every method works in the caller's transaction."""

    def __init__(
        self,
        directory: Directory,
        *,
        channels: frozenset[str],
        metrics: Metrics,
        notifier: Notifier | None = None,
    ) -> None:
        self.directory = directory
        self._channels = channels
        self._notifier = notifier
        self._metrics = metrics

    async def judged(
        self, session: AsyncSession, happenings: Sequence[Happening], *, rule_version: int, now: datetime
    ) -> list[Fact]:
        """What detection has decided, through to the feed."""
        stations = self.directory.stations_by_id
        explained = await explain(session, happenings, stations=stations, rule_version=rule_version)
        found = await events.carry_out(
            session,
            explained,
            stations=stations,
            prefecture=self.directory.prefecture,
            rule_version=rule_version,
            now=now,
        )
        await cases.watch(session, found, now=now)
        return await self._follow(session, found, now)

    async def retry_unrouted(self, session: AsyncSession, *, now: datetime) -> list[Fact]:
        """Dispatches what waited for somebody to answer, once somebody does."""
        await suppression.hold_waiting(session, self.directory, now=now)
        policy = await sla.in_force(session)
        orders = await dispatch.retry_unrouted(session, policy_version=policy.version, now=now)
        return await self._clock(session, [], orders, policy, now)

    async def release_silenced(self, session: AsyncSession, *, now: datetime, limit: int) -> list[Fact]:
        """Orders for alerts that are still open when the silence over them has ended."""
        due = await suppression.released(session, self.directory, now=now, limit=limit)
        policy = await sla.in_force(session)
        orders = await dispatch.dispatch_alerts(session, due, policy_version=policy.version, now=now)
        return await self._clock(session, due, orders, policy, now)

    async def tick(self, session: AsyncSession, *, now: datetime, limit: int) -> sla.TickResult:
        """One bounded pass over the deadlines."""
        result = await sla.tick(session, now=now, limit=limit)
        await self._tell(session, result.facts, now)
        return result

    async def told(self, session: AsyncSession, facts: Sequence[Fact], *, now: datetime) -> None:
        """Facts that nobody but journal, feed and outbox hears of; the last thing in a transaction."""
        await self._tell(session, facts, now)

    async def decide_case(
        self,
        session: AsyncSession,
        case: cases.Case,
        decision: CaseState,
        *,
        reason: str,
        caller: Caller,
        clock: Clock,
    ) -> None:
        """A person's decision of an integrity case, once and for good."""
        await cases.hold(session, case)
        now = clock.now()
        decided = await cases.decide(
            session, case, decision, reason=reason, person_id=caller.id, name=caller.name, now=now
        )
        await self._tell(session, [decided], now)

    async def second_case(
        self, session: AsyncSession, case: cases.Case, *, caller: Caller, clock: Clock
    ) -> None:
        """A second person's confirmation of a confirmed integrity case."""
        await cases.hold(session, case)
        now = clock.now()
        seconded = await cases.second(session, case, person_id=caller.id, name=caller.name, now=now)
        await self._tell(session, [seconded], now)

    async def act(
        self,
        session: AsyncSession,
        order_id: int,
        command: Command,
        *,
        caller: Caller,
        expected_version: int | None,
        clock: Clock,
        client_at: datetime | None = None,
    ) -> dict[str, Any]:
        """A person's act on an order; raises before anything is written when it may not be. Gives its document.

        The time is taken after the order is held: acts on one order happen in the order of their times, and an
        act that waited for another counts when its turn came. It is never before the last one recorded, whatever
        the clock of this process says. `client_at` is kept as the device claims it.
        """
        order = await held(session, order_id, caller)
        permit(caller, command.act, order.grid_id, self.directory)
        unchanged(order, expected_version)
        actor = PersonId(caller.id)
        known = await standing(session, order, actor, ROLES[command.act], now=clock.now())
        now = known.at
        if known.interested:
            await recusal.refuse(session, order.id, actor, now)
        if command.act is OrderAct.VOID and not order.state.final:
            await self._check_alone(session, order.id, command, now)
        moved = await acts.move(
            session, order, command, actor=actor, actor_name=caller.name, now=now, client_at=client_at, standing=known
        )  # fmt: skip
        moved = replace(moved, on_behalf_of=known.instead_of)
        effects = await sla.act(session, order.id, command.act, now=now)
        policy = await sla.policy_of(session, order.policy_version)
        clocked = sla.ClockedOrder(order.id, order.grid_id, moved.round)
        await sla.start(session, [clocked], command.act, policy=policy, now=now)
        captured = await fair.captured_in_time(session, effects, client_at=moved.client_at, now=now)
        ended = await below.end(session, order, command, moved, handed_down=known.handed_down, now=now)
        brought = await self._brought_in(session, order, command, moved)
        lapsed = await lapse.settle(session, order.id, now=now) if known.requested else []
        told = await self._tell(session, [*effects, moved, *captured, *brought, *ended, *lapsed], now)
        return told[order.id]

    async def _brought_in(
        self, session: AsyncSession, order: acts.OrderRow, command: Command, moved: OrderMoved
    ) -> list[Fact]:
        """A cause found on site gives the order its category, and the units that lead for it, where it has none."""
        if not isinstance(command, GiveFeedback) or command.cause_code is None:
            return []
        found = await units.by_cause(session, order, command.cause_code, now=moved.at)
        if found is None:
            return []
        return [
            units.categorised(
                order, *found, by=moved.actor, name=moved.actor_name, now=moved.at,
                cause_code=command.cause_code.value,
            )
        ]  # fmt: skip

    async def _check_alone(
        self, session: AsyncSession, order_id: OrderId, command: Command, now: datetime
    ) -> None:
        for id_ in await below.withdrawn_with(session, order_id, command):
            if await holding.has_breach(session, id_, now=now):
                raise SecondPersonNeeded(
                    "a deadline of this order has passed: file a request of the kind void with"
                    f" POST /orders/{order_id}/requests, and another person of the prefecture decides it"
                )

    async def open_by_hand(
        self,
        session: AsyncSession,
        *,
        grid_id: int,
        station: StationInfo | None,
        reason: str,
        severity: Severity,
        caller: Caller,
        clock: Clock,
        drill: bool = False,
        category: str | None = None,
    ) -> int:
        """An order a duty officer gives without an alert, perhaps as a drill; gives its id."""
        permit_grid(caller, grid_id)
        wanted = dispatch.Wanted(
            GridId(grid_id),
            None if station is None else station.id,
            None if station is None else station.code,
            None,
            severity,
            reason,
            PersonId(caller.id),
            drill,
            category,
        )
        now = clock.now()
        policy = await sla.in_force(session)
        order = await dispatch.dispatch_by_hand(session, wanted, policy_version=policy.version, now=now)
        await self._clock(session, [], [order], policy, now)
        return order.order_id

    async def route(
        self, session: AsyncSession, unrouted_id: int, grid_id: int, *, caller: Caller, clock: Clock
    ) -> int:
        """A duty officer says who answers for a waiting alert; gives the order's id."""
        permit_grid(caller, grid_id)
        now = clock.now()
        policy = await sla.in_force(session)
        (order,) = await dispatch.route_by_hand(
            session, unrouted_id, GridId(grid_id), policy_version=policy.version, now=now
        )
        await self._clock(session, [], [order], policy, now)
        return order.order_id

    async def _follow(self, session: AsyncSession, found: list[Fact], now: datetime) -> list[Fact]:
        due = [fact for fact in found if isinstance(fact, AlertOpened | AlertDue)]
        due = await suppression.unsuppressed(session, due, self.directory, now=now)
        raised = [fact for fact in found if isinstance(fact, AlertRaised)]
        if not due and not raised:
            await self._tell(session, found, now)
            return found
        policy = await sla.in_force(session)
        orders = await dispatch.dispatch_alerts(
            session, due, policy_version=policy.version, now=now, raised=raised
        )
        return await self._clock(session, found, orders, policy, now)

    async def _clock(
        self,
        session: AsyncSession,
        found: Sequence[Fact],
        orders: Sequence[dispatch.Dispatched],
        policy: Policy,
        now: datetime,
    ) -> list[Fact]:
        facts: list[Fact] = [*found, *orders, *await going_out(session, orders, policy=policy, now=now)]
        await self._tell(session, facts, now)
        return facts

    async def _tell(self, session: AsyncSession, facts: Sequence[Fact], now: datetime) -> outgoing.Documents:
        if not facts and not changes.pending(session):
            return {}
        after_commit(session, lambda: self._metrics.count(facts))
        return await outgoing.tell(session, facts, self._channels, now=now, notifier=self._notifier)
