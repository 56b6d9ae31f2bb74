"""One message of every event type, out of one story: the morning of session ses-2026-000123 at clinic-berlin.

A filling is done (version 1), an X-ray that was forgotten is added (version 2); the invoice is finalized and paid
partly in cash, partly by card; the X-ray is credited and refunded; the till is counted. What cannot happen to that
invoice happens to its neighbours: a session noted twice, a payment disputed, a mailbox that is full.
"""

from contracts.samples import cash_register, clinical, documents, invoicing, payments
from contracts.samples.story import Sample

SAMPLES: dict[str, Sample] = {
    sample.event.TYPE: sample
    for writer in (clinical, invoicing, payments, cash_register, documents)
    for sample in writer.samples()
}
"""By CloudEvents type."""
