"""Starts one node as apache/kafka does: KAFKA_LOG_DIRS in the environment is `log.dirs` in its properties."""

import os
import shlex
import subprocess
from pathlib import Path

NOT_PROPERTIES = ("KAFKA_HEAP_OPTS",)
FILE = Path("/tmp/server.properties")


def main() -> None:
    properties = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in os.environ.items()
        if name.startswith("KAFKA_") and name not in NOT_PROPERTIES
    }
    FILE.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
    java = ["java", *shlex.split(os.environ.get("KAFKA_HEAP_OPTS", "")), "-XX:+UseSerialGC", "-cp", "/opt/kafka/*"]
    format_once = ["kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", "chairside-stand-in-001"]
    subprocess.run([*java, *format_once, "-c", str(FILE)], check=True)
    os.execvp("java", [*java, "kafka.Kafka", str(FILE)])


if __name__ == "__main__":
    main()
