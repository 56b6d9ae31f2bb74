"""`python -m documents`"""

from chassis.loading import loading


def main() -> None:
    """Serves until SIGTERM."""
    with loading():
        from chassis import telemetry
        from chassis.http import serve
        from documents.app import build
        from documents.settings import DocumentsSettings

        settings = DocumentsSettings.load()
        telemetry.configure(settings)
        app = build(settings)
    serve(app, settings)


if __name__ == "__main__":
    main()
