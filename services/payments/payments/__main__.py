"""`python -m payments`"""

from chassis import telemetry
from chassis.http import serve
from payments.app import build
from payments.settings import PaymentsSettings

if __name__ == "__main__":
    settings = PaymentsSettings.load()
    telemetry.configure(settings)
    serve(build(settings), settings)
