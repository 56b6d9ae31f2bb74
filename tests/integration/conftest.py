"""What the tests of several services share."""

from collections.abc import Iterator

import pytest

from dev.parts.kafka import EmbeddedKafka
from tests.parts.topics import make_topics


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """A broker of the module's own: it may be stopped, and members of its groups may come and go.

    (The embedded broker keeps the partitions of a static member that left.)
    """
    with EmbeddedKafka(tmp_path_factory.mktemp("own-kafka")) as broker:
        make_topics(broker.bootstrap)
        yield broker
