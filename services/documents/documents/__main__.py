"""`python -m documents`"""

from chassis import telemetry
from chassis.http import serve
from documents.app import build
from documents.settings import DocumentsSettings


def main() -> None:
    settings = DocumentsSettings.load()
    telemetry.configure(settings)
    serve(build(settings), settings)


if __name__ == "__main__":
    main()
