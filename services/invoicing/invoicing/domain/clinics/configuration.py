"""A clinic's profile becomes its next version."""

from collections.abc import Sequence

from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.clinics.number_format import fault_of, may_be_equal
from kernel.errors import BusinessError
from kernel.outcome import Outcome
from kernel.value import replace, value


@value
class ClinicConfigured:
    clinic: Clinic


def configure(profile: Clinic, before: Sequence[Clinic]) -> Outcome[Clinic, ClinicConfigured]:
    """The profile under the next version; `before` are all until now, oldest first.

    Raises BusinessError naming the field.
    """
    for field in ("number_format", "credit_note_format"):
        if (fault := fault_of(getattr(profile, field))) is not None:
            raise BusinessError("number-format", fault, field=f"/{field}")
    if may_be_equal(profile.credit_note_format, profile.number_format, profile.clinic_id):
        raise BusinessError("number-format", "could make a number of an invoice", field="/credit_note_format")
    _refuse_used_series(profile, before)
    configured = replace(profile, version=before[-1].version + 1 if before else 1)
    return Outcome(configured, (ClinicConfigured(configured),))


def _refuse_used_series(profile: Clinic, before: Sequence[Clinic]) -> None:
    """A number that an invoice has is never that of a credit note, nor the other way round."""
    for field, other in (("number_format", "credit_note_format"), ("credit_note_format", "number_format")):
        used = {getattr(earlier, other) for earlier in before}
        if any(may_be_equal(getattr(profile, field), format_, profile.clinic_id) for format_ in used):
            raise BusinessError("number-format", "could make a number that the other series had", field=f"/{field}")
