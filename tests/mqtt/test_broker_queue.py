"""The embedded broker's queue of one session: whole, in order, never twice on one connection."""

from hypothesis import given
from hypothesis import strategies as st

from app.embedded.broker_queue import Outbound, Outgoing


def outgoing(number: int) -> Outgoing:
    return Outgoing("t", str(number).encode(), False)


@given(
    st.lists(st.one_of(st.just("offer"), st.just("send"), st.just("lose"), st.integers(0, 9)), max_size=200),
    st.integers(1, 10),
)
def test_nothing_is_lost_and_order_is_kept(acts: list[str | int], window: int) -> None:
    queue = Outbound(window=window)
    offered = 0
    acknowledged: set[bytes] = set()
    flying: list[Outgoing] = []
    ids: dict[bytes, int] = {}
    for act in acts:
        match act:
            case "offer":
                queue.offer(outgoing(offered))
                offered += 1
            case "send":
                item = queue.next()
                assert (item is None) == (len(flying) == window or len(queue) == len(flying))
                if item is not None:
                    message, again = item
                    assert again == (message.payload in ids)
                    assert ids.setdefault(message.payload, message.mid) == message.mid, "an id stays"
                    assert message.mid not in {each.mid for each in flying}
                    assert all(int(each.payload) < int(message.payload) for each in flying)
                    flying.append(message)
            case "lose":
                queue.rewind()
                flying.clear()
            case int() if act < len(flying):
                message = flying.pop(act)
                queue.acknowledged(message.mid)
                acknowledged.add(message.payload)
            case _:
                queue.acknowledged(65_535)
    left = [each.payload for each in queue.pending()]
    assert left == [each for number in range(offered) if (each := str(number).encode()) not in acknowledged]


def test_ids_go_round_and_pass_over_those_in_flight() -> None:
    queue = Outbound(window=2)
    queue.offer(outgoing(0))
    first = queue.next()
    assert first is not None
    assert first[0].mid == 1
    seen = set()
    for number in range(1, 65_536):
        queue.offer(outgoing(number))
        item = queue.next()
        assert item is not None
        assert item[0].mid not in (0, 1)
        seen.add(item[0].mid)
        queue.acknowledged(item[0].mid)
    assert len(seen) == 65_534


def test_a_full_queue_says_so_until_something_was_acknowledged() -> None:
    for queue in (Outbound(max_messages=2), Outbound(max_bytes=402)):
        assert not queue.full
        queue.offer(outgoing(1))
        assert not queue.full
        queue.offer(outgoing(2))
        assert queue.full
        item = queue.next()
        assert item is not None
        queue.acknowledged(item[0].mid)
        assert not queue.full
