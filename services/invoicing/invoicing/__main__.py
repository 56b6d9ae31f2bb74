"""`python -m invoicing`"""

from chassis import telemetry
from chassis.http import serve
from invoicing.app import build
from invoicing.settings import InvoicingSettings


def main() -> None:
    """Serves until SIGTERM."""
    settings = InvoicingSettings.load()
    telemetry.configure(settings)
    serve(build(settings), settings)


if __name__ == "__main__":
    main()
