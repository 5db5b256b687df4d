"""What people hear of duties of their county and of reports of the public, and how it reads."""

import pytest

from app.notices.texts import Item, page_of, said
from models.enums import EventKind, PublicReportAct
from models.facts import Told
from models.ids import GridId
from notify.heard import heard
from tests.fakes import START

PLACE = {"place": "昌吉市"}


def told(kind: EventKind, **detail: object) -> Told:
    return Told(kind, GridId(3), "652301", START, detail=dict(detail))


@pytest.mark.parametrize(
    ("kind", "detail", "text", "page"),
    [
        (
            EventKind.YEARLY_OVERDUE, {"duty": "training", "due_on": "2026-12-20"},
            "昌吉市年度工作“集中培训”应于2026-12-20完成，现已逾期", "/supervision/yearly",
        ),
        (
            EventKind.SWEEP_DUE_SOON, {"quarter": "2026-Q4", "due_on": "2026-12-31"},
            "昌吉市2026-Q4污染源排查将于2026-12-31到期，请按时完成", "/supervision/sweeps",
        ),
        (
            EventKind.PUBLIC_REPORT_RECEIVED, {"number": "PR-2026-000001", "report": 7, "text": "张三", "name": "张三"},
            "昌吉市收到公众举报PR-2026-000001，请及时办理", "/supervision/public-reports/7",
        ),
    ],
)  # fmt: skip
def test_it_says_what_is_due_and_where_and_nothing_of_a_person(
    kind: EventKind, detail: dict[str, object], text: str, page: str
) -> None:
    found = heard(told(kind, **detail))
    assert found is not None
    assert not found.urgent
    assert "张三" not in str(found.payload)
    assert said("zh", Item(found.about, found.payload | PLACE)).endswith(text)
    assert page_of("https://g.example/", found.payload) == f"https://g.example{page}"


@pytest.mark.parametrize("act", list(PublicReportAct))
def test_of_what_is_done_with_a_report_of_the_public_only_a_referral_is_heard(act: PublicReportAct) -> None:
    found = heard(told(EventKind.PUBLIC_REPORT_MOVED, act=act.value, number="PR-2026-000001", reason="张三"))
    assert (found is not None) is (act is PublicReportAct.REFER)
    assert found is None or "张三" not in str(found.payload)
