"""`python -m invoicing`"""

from chassis.loading import loading


def main() -> None:
    """Serves until SIGTERM."""
    with loading():
        from chassis import telemetry
        from chassis.http import serve
        from invoicing.app import build
        from invoicing.settings import InvoicingSettings

        settings = InvoicingSettings.load()
        telemetry.configure(settings)
        app = build(settings)
    serve(app, settings)


if __name__ == "__main__":
    main()
