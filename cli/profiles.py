"""What a clinic's profile says, asked of invoicing."""

import os
from urllib.parse import quote

from cli.terminal import endpoint, err

WAIT_S = 5.0


def zone_in_profile(url: str | None, clinic_id: str) -> str | None:
    """The clinic's time zone; None where nobody says where to ask, or there is no such profile, which is told."""
    url = url or endpoint("services", "invoicing")
    if url is None:
        return None
    # Here, because it takes a while to import, and most commands do without.
    import httpx2

    token = os.environ.get("CHAIRSIDE_TOKEN") or endpoint("tokens", "auditor") or ""
    try:
        answer = httpx2.get(
            f"{url.rstrip('/')}/clinics/{quote(clinic_id, safe='')}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=WAIT_S,
        )
        profile = answer.raise_for_status().json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        reason = error.response.status_code if isinstance(error, httpx2.HTTPStatusError) else type(error).__name__
        err.say(f"the profile of {clinic_id} at {url}: {reason}", style="yellow")
        return None
    zone = profile.get("time_zone") if isinstance(profile, dict) else None
    return zone if isinstance(zone, str) else None
