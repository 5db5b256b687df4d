"""The bulletin of a month: out of a frozen result, with every rank, void day and exclusion; always the same bytes."""

import re
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
from pypdf import PdfReader

from app.papers import official_docx, official_pdf
from app.papers.bulletin import bulletin
from app.papers.official import Chart, Document, Grid, from_json, to_json
from models.enums import POLLUTANTS
from supervision.air.close import close

NAMES = (
    "昌吉市", "阜康市", "呼图壁县", "玛纳斯县", "奇台县", "吉木萨尔县", "木垒哈萨克自治县", "准东经济技术开发区",
    "昌吉高新技术产业开发区", "昌吉国家农业科技园区",
)  # fmt: skip
RULES = "环办监测〔2018〕19号"
AT = datetime(2026, 11, 5, 2, 0, tzinfo=UTC)
SHARE = {"pm25": 1.0, "pm10": 2.0, "so2": 0.2, "no2": 0.6, "co": 0.02, "o3": 1.6}


def station(code: str, level: int, days: int = 31, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "days": {
            f"{n:02}": {name: [round((level + n % 5) * SHARE[name] * 1000), 1] for name in POLLUTANTS}
            for n in range(1, days + 1)
        },
    } | more


def result() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Ten units: two of equal rate, one falsified, one with dust, one without a base, one with too few days."""
    units = []
    for n, _ in enumerate(NAMES):
        now, base = 30 + n, 36 + (n if n in (3, 4) else 0)
        part: dict[str, Any] = {"stations": [station(f"GK-{n}", now)], "excluded": {}}
        before: dict[str, Any] = {"stations": [station(f"GK-{n}", base)], "excluded": {}}
        if n == 2:
            part["stations"] = [station(f"GK-{n}", now, void=["07", "08"])]
        if n == 5:
            part["excluded"] = {"12": ["pm10", "pm25"], "13": ["pm10"]}
        if n == 6:
            before = {"stations": [], "excluded": {}}
        if n == 7:
            part["stations"] = [station(f"GK-{n}", now, days=20)]
        if n == 0:
            part["published"] = {
                "value": "3.65",
                "figures": {},
                "rules": RULES,
                "document": "新环函〔2026〕8号",
            }
        units.append({"code": f"65230{n}", "now": part, "base": before})
    inputs = {"month": "2026-10", "readings": {"version": 1, "body": {}}, "units": units}
    found = close(inputs)["units"]
    named = [unit | {"name": NAMES[int(unit["code"][-1])]} for unit in found]
    named.sort(key=lambda unit: (unit["place"] is None, unit["place"] or 0, unit["code"]))
    return named, {unit["code"]: unit["now"]["excluded"] for unit in units}


def paper() -> Document:
    units, excluded = result()
    return bulletin(
        "2026-10", units, excluded, office="昌吉州大气污染联防联控领导小组办公室", version=1, sha256="ab" * 32,
        signed_on=date(2026, 11, 5),
    )  # fmt: skip


def words(document: Document, tmp_path: Path) -> str:
    content = official_pdf.write(document, number="空气质量通报〔2026〕1号", at=AT)
    (tmp_path / "bulletin.pdf").write_bytes(content)
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages))


def test_it_says_ranks_dust_void_days_and_what_was_published(tmp_path: Path) -> None:
    document = paper()
    said = words(document, tmp_path)
    for text in (
        "关于2026年10月全州环境空气质量排名情况的通报", "10个县市（园区）中，8个参与", "表1综合指数改善率排名", "末位",
        "无上年同月指数，不参与排名", "本月无有效指数，不参与排名", "含无效数据，已替代", "呼图壁县GK-2站点",
        "2天数据无效",
        "当月各项污染物最高值替代", "10月12日", "自治区发布指数", "新环函〔2026〕8号", "abababab",
    ):  # fmt: skip
        assert text in said, text
    # A last place is stated; what follows from it is signed elsewhere.
    for sanction in ("通报批评", "约谈", "问责"):
        assert sanction not in said
    first = document.blocks[3]
    assert isinstance(first, Grid)
    assert [row[1] for row in first.rows][-2:] == ["木垒哈萨克自治县", "准东经济技术开发区"]


def test_the_same_month_makes_the_same_bytes(tmp_path: Path) -> None:
    snapshot = to_json(paper())
    assert snapshot == to_json(paper())
    assert from_json(snapshot) == from_json(to_json(from_json(snapshot)))
    file = official_docx.write(from_json(snapshot), number="空气质量通报〔2026〕1号", at=AT)
    (tmp_path / "bulletin.docx").write_bytes(file)
    made = docx.Document(BytesIO(file))
    assert len(made.tables) == 5
    assert len(made.inline_shapes) == 2


def test_a_month_in_which_nothing_happened_says_so(tmp_path: Path) -> None:
    units, _ = result()
    plain = [unit | {"voided": {}, "published": None} for unit in units if not unit["voided"]]
    document = bulletin(
        "2026-10", plain, {}, office="州大气办", version=2, sha256="cd" * 32, signed_on=date(2026, 11, 5)
    )
    said = words(document, tmp_path)
    assert "本月无沙尘影响数据剔除" in said
    assert "本月无经查实的人为干扰监测数据情形" in said
    assert "与自治区发布指数对照" not in said


def test_indices_keep_their_zeros_charts_without_values_are_left_out_and_all_is_numbered(
    tmp_path: Path,
) -> None:
    units, _ = result()
    bare = [
        unit | {"improvement": None, "place": None, "last": False, "voided": {}}
        | {"compared": unit["compared"] | {"now": "4.9"}}
        for unit in units
    ]  # fmt: skip
    document = bulletin(
        "2026-10", bare, {}, office="州大气办", version=1, sha256="cd" * 32, signed_on=date(2026, 11, 5)
    )
    captions = [block.caption for block in document.blocks if isinstance(block, Grid | Chart)]
    assert captions == [
        "表1 综合指数改善率排名", "表2 参与排名的各项污染物浓度", "图1 PM2.5、PM10月均浓度", "表3 发布指数与计算指数",
    ]  # fmt: skip
    assert "4.90" in words(document, tmp_path)
    assert "−7.2" in words(paper(), tmp_path)
