"""A member's way out of its consumer groups when its process ends.

The broker holds the partitions of a static member until its session is over, so that a process that is started again
goes on with them at once. Where others are in the group, they would not read them for as long as the start takes: then
the member leaves, which aiokafka itself does for dynamic members only.
"""

from typing import Any

import structlog
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import for_code
from aiokafka.protocol.admin import DescribeGroupsRequest
from aiokafka.protocol.api import Request
from aiokafka.protocol.group import LeaveGroupRequest

from kernel.value import value

log = structlog.get_logger(__name__)
UUID_LENGTH = 36


@value
class Member:
    """Of a consumer group."""

    id: str

    @property
    def instance(self) -> str:
        """Of a static member: its id is the instance, a hyphen and a UUID (KIP-345)."""
        return self.id[: -UUID_LENGTH - 1]


async def leave_to_others(client: AIOKafkaClient, group: str, instance: str) -> bool:
    """Whether the static member `instance` has left its group: where it is alone, it stays. Raises KafkaError."""
    members = await members_of(client, group)
    ours = [member for member in members if member.instance == instance]
    if len(members) == len(ours):
        return False
    for member in ours:
        answer = await _answer_of(client, group, LeaveGroupRequest(group, member.id))
        _raise_for(answer.error_code)
        log.info("group-left", group=group)
    return bool(ours)


async def members_of(client: AIOKafkaClient, group: str) -> list[Member]:
    """All that the broker counts in; raises KafkaError."""
    answer = await _answer_of(client, group, DescribeGroupsRequest([group]))
    [(code, _, _, _, _, members, *_)] = answer.groups
    _raise_for(code)
    return [Member(member[0]) for member in members]


async def _answer_of(client: AIOKafkaClient, group: str, request: Request[Any]) -> Any:
    """Of the group's own broker."""
    return await client.send(await client.coordinator_lookup(CoordinationType.GROUP, group), request)


def _raise_for(code: int) -> None:
    if code:
        raise for_code(code)
