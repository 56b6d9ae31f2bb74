"""A service with unhurried consumers, for the embedded broker: python -m dev.run_service PACKAGE."""

import runpy
import sys

from dev.parts.unhurried import unhurry_consumers


def main() -> None:
    """Raises ImportError for a package that is not there."""
    _, package = sys.argv
    unhurry_consumers()
    runpy.run_module(package, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
