"""How long a generated example takes says nothing about the contract."""

from hypothesis import HealthCheck, settings

settings.register_profile("contracts", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("contracts")
