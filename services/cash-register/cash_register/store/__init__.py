"""Cash-register's own collections. A day holds totals; its movements are beside it: there may be thousands."""

from dataclasses import dataclass
from typing import Self

from cash_register.journal import JOURNAL
from cash_register.store import (
    allocations,
    businesses,
    clinics,
    days,
    looks,
    movements,
    payments,
    reckonings,
    register_settings,
    registers,
    signing,
    takings,
    waiting,
)
from cash_register.store.allocations import Allocations
from cash_register.store.businesses import Businesses
from cash_register.store.clinics import Clinics
from cash_register.store.days import Days
from cash_register.store.looks import Looks
from cash_register.store.movements import Movements
from cash_register.store.payments import Payments
from cash_register.store.reckonings import Reckonings
from cash_register.store.register_settings import RegisterSettingsStore
from cash_register.store.registers import Registers
from cash_register.store.signing import Signing
from cash_register.store.takings import Takings
from cash_register.store.waiting import WaitingCash
from chassis.database.mongo import Mongo
from chassis.journal import seals
from chassis.journal.revisions import Revisions
from chassis.journal.seals import Seals
from chassis.journal.verifier import Verifier
from chassis.service import Indexes

INDEXES: Indexes = {
    days.COLLECTION: days.INDEXES,
    movements.COLLECTION: movements.INDEXES,
    waiting.COLLECTION: waiting.INDEXES,
    registers.COLLECTION: registers.INDEXES,
    register_settings.COLLECTION: register_settings.INDEXES,
    payments.COLLECTION: [],
    clinics.COLLECTION: [],
    allocations.COLLECTION: allocations.INDEXES,
    businesses.COLLECTION: businesses.INDEXES,
    looks.COLLECTION: [],
    takings.COLLECTION: takings.INDEXES,
    reckonings.COLLECTION: reckonings.INDEXES,
    **signing.INDEXES,
    **seals.INDEXES,
}


@dataclass(frozen=True, slots=True)
class Store:
    """All of them; each writes within the caller's transaction."""

    days: Days
    movements: Movements
    waiting: WaitingCash
    registers: Registers
    settings: RegisterSettingsStore
    payments: Payments
    clinics: Clinics
    allocations: Allocations
    businesses: Businesses
    takings: Takings
    reckonings: Reckonings
    signing: Signing
    looks: Looks
    revisions: Revisions
    seals: Seals
    verifier: Verifier

    @classmethod
    def of(cls, mongo: Mongo) -> Self:
        return cls(
            Days(mongo),
            Movements(mongo),
            WaitingCash(mongo),
            Registers(mongo),
            RegisterSettingsStore(mongo),
            Payments(mongo),
            Clinics(mongo),
            Allocations(mongo),
            Businesses(mongo),
            Takings(mongo),
            Reckonings(mongo),
            Signing(mongo),
            Looks(mongo),
            Revisions(mongo),
            Seals(mongo),
            Verifier(mongo, JOURNAL),
        )
