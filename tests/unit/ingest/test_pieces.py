"""A batch is cut by size: nothing lost, nothing reordered, no piece too large unless one message is."""

from hypothesis import given
from hypothesis import strategies as st

from app.ingest.consumer import PIECE, pieces
from app.ingest.source import Message


@given(st.lists(st.integers(0, 2 * PIECE), max_size=30))
def test_pieces_keep_everything_in_order_and_within_the_limit(sizes: list[int]) -> None:
    messages = [Message("t", bytes(size), mid, 1) for mid, size in enumerate(sizes, start=1)]
    cut = list(pieces(messages))
    assert [message for piece in cut for message in piece] == messages
    for piece in cut:
        assert piece
        assert len(piece) == 1 or sum(len(message.payload) for message in piece) <= PIECE
