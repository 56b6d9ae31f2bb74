"""`python -m payments`"""

from chassis.loading import loading


def main() -> None:
    """Serves until SIGTERM."""
    with loading():
        from chassis import telemetry
        from chassis.http import serve
        from payments.app import build
        from payments.settings import PaymentsSettings

        settings = PaymentsSettings.load()
        telemetry.configure(settings)
        app = build(settings)
    serve(app, settings)


if __name__ == "__main__":
    main()
