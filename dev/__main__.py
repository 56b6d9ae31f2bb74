"""Chairside on this machine: python -m dev run|demo|check [--dir var]"""

import signal
import sys


def main() -> int:
    """The exit code of the command."""
    # Nothing is there yet that had to be ended while the imports take their second or two.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from dev import commands

    return commands.main()


if __name__ == "__main__":
    sys.exit(main())
