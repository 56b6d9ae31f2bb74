"""How a clinic's paper looks now: by its profile, which invoicing tells, and its logo, which is ours.

It is no part of what freezes a document, as its template is none: another colour makes no invoice anew.
"""

import base64

from documents.facts import Look
from documents.store import Store


async def look_of(store: Store, clinic_id: str) -> Look:
    """Plain where nothing is known of it."""
    clinic, logo = await store.clinics.find(clinic_id), await store.logos.find(clinic_id)
    look = Look() if clinic is None or clinic.look is None else Look.model_validate(clinic.look.model_dump())
    if logo is None:
        return look
    data = f"data:image/png;base64,{base64.b64encode(logo.picture.png).decode()}"
    return look.model_copy(update={"logo": data, "logo_width": logo.picture.width, "logo_height": logo.picture.height})
