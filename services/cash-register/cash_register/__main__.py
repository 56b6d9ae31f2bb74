"""`python -m cash_register`"""

from chassis.loading import loading


def main() -> None:
    """Serves until SIGTERM."""
    with loading():
        from cash_register.app import build
        from cash_register.settings import CashRegisterSettings
        from chassis import telemetry
        from chassis.http import serve

        settings = CashRegisterSettings.load()
        telemetry.configure(settings)
        app = build(settings)
    serve(app, settings)


if __name__ == "__main__":
    main()
