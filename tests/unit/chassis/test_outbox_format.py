"""What is in the outbox comes out of it as it went in."""

import bson
from hypothesis import given
from hypothesis import strategies as st

from chassis.messaging.outbox import pack, unpack
from contracts.envelope import Message

HEADERS = st.lists(st.tuples(st.text(max_size=10), st.none() | st.binary(max_size=20)), max_size=8)
MESSAGES = st.builds(
    Message, st.text(max_size=20), st.none() | st.binary(max_size=20), st.none() | st.binary(max_size=200), HEADERS
)


@given(MESSAGES)
def test_a_message_goes_through_the_database_unchanged(message: Message) -> None:
    stored = bson.decode(bson.encode({"messages": [pack(message)]}))
    assert unpack(stored["messages"][0]) == message
