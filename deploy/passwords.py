"""Refuses to let anything start with the passwords that everybody knows: those of docker-compose.yml.

    CHAIRSIDE_DEVELOPMENT=1 docker compose up      # this is a machine of nobody's data

Every variable of its environment that holds a secret, by the end of its name, is looked at; none is printed.
"""

import os
import sys
from collections.abc import Iterable, Mapping

SECRETS = ("_PASSWORD", "_SECRET", "_KEY")
KNOWN = "development"
ALLOWED_BY = "CHAIRSIDE_DEVELOPMENT"


def known_to_everybody(environment: Mapping[str, str]) -> list[str]:
    """The names of the secrets that are none: empty, or as the file in the repository has them."""
    secrets = {name: value for name, value in environment.items() if name.endswith(SECRETS)}
    return sorted(name for name, value in secrets.items() if not value or KNOWN in value)


def complaint(names: Iterable[str]) -> str:
    return "\n".join(
        [
            "These secrets are the ones that everybody knows, or empty. Set your own in .env:",
            *(f"  {name}" for name in names),
            f"For a machine that never sees a patient's data: {ALLOWED_BY}=1 docker compose up",
        ]
    )


def main() -> None:
    names = known_to_everybody(os.environ)
    if names and os.environ.get(ALLOWED_BY) != "1":
        sys.exit(complaint(names))


if __name__ == "__main__":
    main()
