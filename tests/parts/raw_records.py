"""Record batches byte by byte: what a client in another language may send, and ours refuses to."""

import gzip
import struct
import time
from collections.abc import Sequence

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition

from contracts.envelope import Message
from dev.run_async import run_async
from tests.parts.patience import soon

GZIP, ZSTD = 1, 4
NamedHeaders = Sequence[tuple[bytes, bytes | None]]


def raw_record(
    number: int, message: Message, extra: NamedHeaders = (), header_count: int | None = None, tail: bytes = b""
) -> bytes:
    """One record of a batch; `extra` headers have bytes for names, `header_count` is what it says instead of the truth.

    `tail` are bytes behind its end, within its length.
    """
    headers = [*((name.encode(), value) for name, value in message.headers), *extra]
    parts = [b"\x00", varint(0), varint(number), _bytes(message.key), _bytes(message.value)]
    parts.append(varint(len(headers) if header_count is None else header_count))
    parts += [_bytes(name) + _bytes(value) for name, value in headers]
    body = b"".join(parts) + tail
    return varint(len(body)) + body


def raw_batch(records: Sequence[bytes], codec: int = 0, body: bytes | None = None) -> bytes:
    """A batch of format 2 with a checksum that is right; `body` is what it holds instead of its records."""
    packed = b"".join(records) if body is None else body
    if codec == GZIP and body is None:
        packed = gzip.compress(packed)
    now_ms = int(time.time() * 1000)  # a broker deletes what is old
    after_crc = struct.pack(">hiqqqhii", codec, len(records) - 1, now_ms, now_ms, -1, -1, -1, len(records)) + packed
    crc = calc_crc32c(after_crc)
    return struct.pack(">qiibI", 0, 4 + 1 + 4 + len(after_crc), -1, 2, crc) + after_crc


def send_raw(kafka: str, topic: str, batch: bytes, partition: int = 0) -> None:
    """Raises what the broker refuses it for."""
    run_async(send_raw_soon(kafka, topic, batch, partition))


async def send_raw_soon(kafka: str, topic: str, batch: bytes, partition: int = 0) -> None:
    client = AIOKafkaClient(bootstrap_servers=kafka)
    await client.bootstrap()
    try:
        await client.set_topics([topic])
        # A partition that was just made has no leader for a moment.
        await soon(lambda: _sent(client, TopicPartition(topic, partition), batch))
    finally:
        await client.close()


async def _sent(client: AIOKafkaClient, place: TopicPartition, batch: bytes) -> bool:
    node = client.cluster.leader_for_partition(place)
    if node is not None and node >= 0:
        wanted = [(place.topic, [(place.partition, batch)])]
        answer = await client.send(node, ProduceRequest(None, -1, 10_000, wanted))
        [(_, [(_, code, *_)])] = answer.topics
        if not code:
            return True
        if not for_code(code).retriable:
            raise for_code(code)
    await client.force_metadata_update()
    return False


def varint(number: int) -> bytes:
    """Zigzag, 7 bits a byte."""
    rest = (number << 1) ^ (number >> 63)
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def _bytes(value: bytes | None) -> bytes:
    return varint(-1) if value is None else varint(len(value)) + value
