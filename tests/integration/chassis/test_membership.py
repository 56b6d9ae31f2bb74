"""Whoever ends leaves the partitions to the others; whoever is alone finds its own again."""

import pytest

from chassis.messaging.membership import leave_to_others, members_of
from contracts.topics import consumer_group
from tests.integration.chassis.notebook import Notebook
from tests.parts.patience import soon


@pytest.fixture(autouse=True)
async def names_static_members(notebook: Notebook) -> None:
    """As Apache Kafka does; where a broker does not, nobody leaves."""
    if await soon(lambda: instances(notebook)) != {f"{notebook.name}-0"}:
        pytest.skip("this broker does not name a static member by its instance")


@pytest.fixture
def second(notebook: Notebook) -> Notebook:
    """Another instance of the service."""
    return Notebook(
        notebook.kafka, notebook.settings.mongo_uri, notebook.settings.mongo_database, notebook.name, ordinal="1"
    )


async def instances(notebook: Notebook) -> set[str]:
    """Of the service, as the broker knows them."""
    return {member.instance for member in await members_of(notebook.service.producer.client, group_of(notebook))}


def group_of(notebook: Notebook) -> str:
    return consumer_group(notebook.name, notebook.inbox)


async def test_an_instance_that_ends_leaves_its_partitions_to_the_others(notebook: Notebook, second: Notebook) -> None:
    both = {f"{notebook.name}-0", f"{notebook.name}-1"}
    async with second.running():
        await soon(lambda: instances(notebook), both.__eq__)
    assert await instances(notebook) == {f"{notebook.name}-0"}
    ids = [f"ses-{number}" for number in range(40)]
    await notebook.hears(*(notebook.voided(id_, key=id_) for id_ in ids))
    assert await notebook.noted(40) == set(ids)


async def test_an_instance_that_is_alone_stays_a_member_for_its_successor(notebook: Notebook) -> None:
    await notebook.hears(notebook.voided("ses-1"))
    await notebook.noted(1)
    assert not await leave_to_others(notebook.service.producer.client, group_of(notebook), f"{notebook.name}-0")
    assert await instances(notebook) == {f"{notebook.name}-0"}
