"""Chinese texts of the code take Chinese marks (GB/T 15834), wherever a person may read or edit them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
HALF = re.compile(
    r"[\u4e00-\u9fff）”][,;:?!] ?(?:[\u4e00-\u9fff（“]|$)|[\u4e00-\u9fff]\([\u4e00-\u9fff]|^[,;] ?[\u4e00-\u9fff]"
)
QUOTED = {"sla/policy.py"}
"""Words of the policy as it was published, marks and all."""


def texts(path: Path) -> Iterator[tuple[int, str]]:
    tree = ast.parse(path.read_text())
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in said:
            yield node.lineno, node.value


def test_no_chinese_text_has_half_width_marks() -> None:
    files = [
        path
        for folder in ("app", "alerts", "dispatch", "notify", "sla", "models")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in QUOTED
    ]
    assert len(files) > 300
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in files
        for line, text in texts(path)
        if HALF.search(text)
    ]
    assert found == []
