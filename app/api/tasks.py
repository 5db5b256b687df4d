"""Tasks handed down the levels: who sees them, and every act on them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import API, answer
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.level_asked import handed_of
from app.api.level_requests import TaskBack, TaskDone, TaskIn
from app.api.level_shapes import TaskDetail, TaskShape
from app.api.requests import Id
from app.api.rights import subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, IfMatch, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.scope import Caller
from app.flows import tasks as flow
from app.flows.tasks import Done
from app.views import tasks
from models.enums import TaskState

router = APIRouter(tags=["tasks"], route_class=ActRoute, dependencies=SIGN_IN)
_ACT = problems(400, 403, 404, 409, 413)


@router.get("/tasks", summary="Tasks handed down", response_model=Page[TaskShape], responses=problems(404))
async def list_tasks(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[list[TaskState] | None, Query(description="May be repeated.")] = None,
    grid: GridFilter = None,
    order: Annotated[Id | None, Query(description="Of this order.")] = None,
    overdue: Annotated[
        bool | None, Query(description="Past its deadline and neither done nor taken back.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Newest first; a task belongs to the grid it was handed to."""
    page = await tasks.list_tasks(
        session,
        scope=caller.scope,
        now=context.clock.now(),
        states=state or (),
        grid_ids=subtree_filter(grid, caller, context),
        order_id=order,
        overdue=overdue,
        cursor=cursor,
        limit=limit,
    )
    return answer(page)


@router.get("/tasks/{task_id}", summary="One task", response_model=TaskDetail, responses=problems(404))
async def get_task(task_id: Id, session: Session, caller: Whoever) -> Response:
    """With the place, the reason and the alert of its order; the order itself stays its own grid's."""
    return answer(await tasks.task_document(session, task_id, caller.scope))


async def _made(session: Session, caller: Caller, task_id: int) -> Response:
    document = await tasks.task_document(session, task_id, caller.scope)
    return answer(document, 201, {"Location": f"{API}/tasks/{task_id}"})


@router.post(
    "/orders/{order_id}/tasks",
    summary="Hand a task down 下派任务",
    status_code=201,
    response_model=TaskDetail,
    responses=problems(400, 403, 404, 409, 412, 413),
    dependencies=ONCE,
)
async def hand(
    order_id: Id, body: TaskIn, session: Session, caller: Whoever, context: Shared, version: IfMatch
) -> Response:
    """By a supervisor or chief of the order's grid, to a grid of level 3 or 4 below it.

    `due_at` lies after now and not after the earliest of the order's running deadlines that is still ahead
    (feedback, report, rework).
    """
    wanted = handed_of(body, caller, context)
    task_id = await flow.hand(
        context.pipeline, session, order_id, wanted, caller=caller, expected_version=version, clock=context.clock
    )  # fmt: skip
    return await _made(session, caller, task_id)


@router.post(
    "/tasks/{task_id}/hand",
    summary="Hand a part of a task further",
    status_code=201,
    response_model=TaskDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def hand_further(
    task_id: Id, body: TaskIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a supervisor or chief of the township, to one of its villages, due inside the township's own task."""
    wanted = handed_of(body, caller, context)
    made = await flow.hand_further(
        context.pipeline, session, task_id, wanted, caller=caller, clock=context.clock
    )
    return await _made(session, caller, made)


@router.post(
    "/tasks/{task_id}/take",
    summary="Take a task 接收",
    response_model=TaskDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def take(task_id: Id, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a supervisor, chief or patroller of its township or village. Its clock runs on."""
    await flow.take(context.pipeline, session, task_id, caller=caller, clock=context.clock)
    return answer(await tasks.task_document(session, task_id, caller.scope))


@router.post(
    "/tasks/{task_id}/complete",
    summary="A task is done 完成",
    response_model=TaskDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def complete(
    task_id: Id, body: TaskDone, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a supervisor, chief or patroller of its township or village; stops its clock.

    What was handed further of it and is unfinished is taken back with it.
    """
    done = Done(body.finding, tuple(body.evidence))
    await flow.complete(context.pipeline, session, task_id, done, caller=caller, clock=context.clock)
    return answer(await tasks.task_document(session, task_id, caller.scope))


@router.post(
    "/tasks/{task_id}/take-back",
    summary="Take a task back 收回",
    response_model=TaskDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def take_back(
    task_id: Id, body: TaskBack, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a supervisor or chief of the grid that handed it down; its clock becomes void, a breach stays."""
    await flow.take_back(context.pipeline, session, task_id, body.reason, caller=caller, clock=context.clock)
    return answer(await tasks.task_document(session, task_id, caller.scope))
