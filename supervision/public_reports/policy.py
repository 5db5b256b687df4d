"""The rules of public reports and rewards as versioned data; version 0 comes with the service. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from models.enums import ProblemCategory
from models.errors import Invalid


@dataclass(frozen=True, slots=True)
class PublicReportPolicy:
    """What the office decided; articles of the plan (昌州环委办发〔2023〕6号) stand beside what they are about."""

    version: int = 0
    answer_days: int = 15
    """Until a report should be answered; the plan sets none."""
    nearby_m: int = 500
    """How near an open report is pointed to before another one is sent."""
    nearby_days: int = 30
    erase_after_days: int = 180
    """From a report's end to the erasure of who sent it."""
    reward_least: Decimal = Decimal(50)
    """Yuan (body §3(七) leaves the amounts to the grids' own rules)."""
    reward_most: Decimal = Decimal(10_000)
    to_prefecture: tuple[str, ...] = ()
    """Categories that go to the prefecture's queue wherever they are."""


DEFAULT = PublicReportPolicy()
_BOUNDS = {
    "answer_days": (1, 365),
    "nearby_m": (0, 10_000),
    "nearby_days": (1, 365),
    "erase_after_days": (1, 3650),
}
_MOST = Decimal(1_000_000)


def policy_body(policy: PublicReportPolicy) -> dict[str, Any]:
    """The policy as stored and shown, without its version; amounts as texts, so that they stay exact."""
    body = asdict(policy)
    del body["version"]
    return body | {
        "reward_least": str(policy.reward_least),
        "reward_most": str(policy.reward_most),
        "to_prefecture": list(policy.to_prefecture),
    }


def parse_policy(version: int, body: Mapping[str, Any]) -> PublicReportPolicy:
    """Reads what `policy_body` wrote; raises Invalid, with the field, for what is missing, unknown or senseless."""
    names = [field.name for field in fields(PublicReportPolicy) if field.name != "version"]
    for name in names:
        if name not in body:
            raise Invalid(f"{name} is missing", field=name)
    for name in body:
        if name not in names:
            raise Invalid(f"{name[:40]} is no field of this policy", field=name[:40])
    values: dict[str, Any] = {}
    for name, (least, most) in _BOUNDS.items():
        value = body[name]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Invalid(f"{name} wants a whole number from {least} to {most}", field=name)
        values[name] = value
    for name in ("reward_least", "reward_most"):
        values[name] = amount_of(body[name], name)
    if values["reward_least"] > values["reward_most"]:
        raise Invalid("the least reward is above the greatest", field="reward_least")
    categories = body["to_prefecture"]
    known = {category.value for category in ProblemCategory}
    if not isinstance(categories, list) or not all(one in known for one in categories):
        raise Invalid("to_prefecture wants a list of categories", field="to_prefecture")
    values["to_prefecture"] = tuple(sorted(set(categories)))
    return PublicReportPolicy(version, **values)


def amount_of(said: object, field: str = "amount") -> Decimal:
    """Yuan with at most two decimals, out of a text or a whole number; raises Invalid with the field."""
    try:
        if not isinstance(said, str | int) or isinstance(said, bool) or len(str(said)) > 20:
            raise InvalidOperation
        amount = Decimal(said)
        if not amount.is_finite() or amount != amount.quantize(Decimal("0.01")) or not 0 < amount <= _MOST:
            raise InvalidOperation
    except InvalidOperation:
        raise Invalid(f"{field} wants yuan above 0 with at most two decimals", field=field) from None
    return amount.quantize(Decimal("0.01"))


def demand_amount(policy: PublicReportPolicy, amount: Decimal) -> None:
    """Raises Invalid for a reward outside the limits of the policy."""
    if not policy.reward_least <= amount <= policy.reward_most:
        raise Invalid(
            f"a reward is {policy.reward_least} to {policy.reward_most} yuan (policy {policy.version})",
            field="amount",
            least=str(policy.reward_least),
            most=str(policy.reward_most),
        )
