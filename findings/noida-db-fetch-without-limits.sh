#!/usr/bin/env bash
# noida-db 0.2.3 (one binary that speaks Kafka's protocol), asked with aiokafka 0.14.0, Python 3.11.
#
# Expected: an answer to a fetch is about as large as the consumer allows: `max_partition_fetch_bytes` and
# `fetch_max_bytes` (KIP-74: the limits may only be passed by one batch that is larger by itself).
# Seen: both limits are ignored, and one answer holds all that the partition has from the asked offset on: 200 records of
# 10,000 bytes, written one by one, come as one answer of 2 MB to a consumer that allows 50,000 bytes. A consumer that
# starts far behind holds the whole backlog in memory, whatever it was set to.
#
# Chairside measures the memory of a backlog on Apache Kafka for that reason (tests/performance/memory.py).
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check noida-db==0.2.3 aiokafka==0.14.0
port=$("$folder/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
binary=$("$folder/venv/bin/python" -c 'from importlib.resources import files; print(files("noida_db") / "noida-db")')
"$binary" start --data-dir "$folder/data" --only kafka --kafka-port "$port" > "$folder/log" 2>&1 &
server=$!

cat > "$folder/ask.py" <<'PY'
import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError

RECORDS, RECORD_BYTES, ALLOWED_BYTES = 200, 10_000, 50_000
answers: list[int] = []
handle_frame = AIOKafkaConnection._handle_frame


def measured(connection: AIOKafkaConnection, answer: bytes) -> None:
    answers.append(len(answer))
    handle_frame(connection, answer)


async def main(broker: str) -> None:
    for _ in range(60):
        producer = AIOKafkaProducer(bootstrap_servers=broker)
        try:
            await producer.start()
            break
        except KafkaConnectionError:
            await producer.stop()
            await asyncio.sleep(0.5)
    for _ in range(RECORDS):
        await producer.send_and_wait("finding", bytes(RECORD_BYTES))
    await producer.stop()

    AIOKafkaConnection._handle_frame = measured
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker,
        enable_auto_commit=False,
        max_partition_fetch_bytes=ALLOWED_BYTES,
        fetch_max_bytes=ALLOWED_BYTES,
    )
    await consumer.start()
    partition = TopicPartition("finding", 0)
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    received = 0
    while received < RECORDS:
        received += sum(map(len, (await consumer.getmany(timeout_ms=2000)).values()))
    await consumer.stop()
    whole = max(answers) > RECORDS * RECORD_BYTES
    print(f"{received} records received; one answer holds all of them: {'yes' if whole else 'no'}")


asyncio.run(main(sys.argv[1]))
PY
"$folder/venv/bin/python" "$folder/ask.py" "127.0.0.1:$port" | tee "$folder/seen"
[ "$(cat "$folder/seen")" = "200 records received; one answer holds all of them: yes" ] && echo "as it was found"
