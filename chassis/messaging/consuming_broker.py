"""FastStream's broker for the consumers of a service."""

from collections.abc import Callable
from functools import partial

from aiokafka import AIOKafkaConsumer
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLOAuthBearer, SASLScram256, SASLScram512

from chassis.messaging.cluster import Cluster, as_cluster
from chassis.messaging.complaints import Complaints
from chassis.messaging.tolerant_consumer import TolerantConsumer


class _Broker(KafkaBroker):
    """Its subscribers read with our consumer, connected as FastStream would connect its own."""

    async def _connect(self) -> Callable[..., AIOKafkaConsumer]:
        await super()._connect()
        config = self.config.broker_config
        assert isinstance(config.builder, partial)
        config.builder = partial(TolerantConsumer, *config.builder.args, **config.builder.keywords)
        return config.builder


def consuming_broker(cluster: Cluster | str, client_id: str, complaints: Complaints | None = None) -> KafkaBroker:
    """A FastStream broker for subscribers only, without casting or dependency injection."""
    place = as_cluster(cluster)
    return _Broker(
        place.brokers,
        client_id=client_id,
        apply_types=False,
        allow_auto_create_topics=False,
        logger=complaints,
        graceful_timeout=8.0,
        consumer_only=True,
        security=_security(place),
        sasl_oauth_token_provider=place.token and place.token(),
    )


def _security(cluster: Cluster) -> BaseSecurity | None:
    """The same in FastStream's words; it knows all of a bearer but where the tokens come from."""
    if cluster.protocol == "PLAINTEXT":
        return None
    if cluster.protocol == "SSL":
        return BaseSecurity(cluster.tls)
    if cluster.mechanism == "OAUTHBEARER":
        return SASLOAuthBearer(cluster.tls)
    scram = SASLScram512 if cluster.mechanism == "SCRAM-SHA-512" else SASLScram256
    return scram(cluster.username, cluster.secret, cluster.tls)
