"""Runs the service: `python -m cash_register`."""

from cash_register.app import build
from cash_register.settings import CashRegisterSettings
from chassis import telemetry
from chassis.http import serve


def main() -> None:
    settings = CashRegisterSettings.load()
    telemetry.configure(settings)
    serve(build(settings), settings)


if __name__ == "__main__":
    main()
