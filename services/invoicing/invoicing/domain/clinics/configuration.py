"""A clinic's profile becomes its next version."""

from collections.abc import Sequence
from dataclasses import replace

from invoicing.domain.clinics.clinic import Clinic, is_number_format, series_of
from kernel.errors import BusinessError
from kernel.outcome import Outcome
from kernel.value import value


@value
class ClinicConfigured:
    clinic: Clinic


def configure(profile: Clinic, before: Sequence[Clinic]) -> Outcome[Clinic, ClinicConfigured]:
    """The profile under the next version; `before` are all until now, oldest first.

    Raises BusinessError naming the field.
    """
    for field in ("number_format", "credit_note_format"):
        if not is_number_format(getattr(profile, field)):
            raise BusinessError(
                "number-format", "takes {clinic}, {yyyy} and {seq:06d}; the last two once each", field=f"/{field}"
            )
    if series_of(profile.credit_note_format, profile.clinic_id) == series_of(profile.number_format, profile.clinic_id):
        raise BusinessError("number-format", "must not be the invoices' own", field="/credit_note_format")
    _refuse_used_series(profile, before)
    configured = replace(profile, version=before[-1].version + 1 if before else 1)
    return Outcome(configured, (ClinicConfigured(configured),))


def _refuse_used_series(profile: Clinic, before: Sequence[Clinic]) -> None:
    """A number that an invoice has is never that of a credit note, nor the other way round."""
    for field, other in (("number_format", "credit_note_format"), ("credit_note_format", "number_format")):
        used = {series_of(getattr(earlier, other), profile.clinic_id) for earlier in before}
        if series_of(getattr(profile, field), profile.clinic_id) in used:
            raise BusinessError("number-format", "the other series had this format before", field=f"/{field}")
