"""The page `/docs` of a service: Swagger UI from this very service, so that it works without the internet.

It only shows: the API answers at another port, which a page from here may not call. FastAPI's own page loads its script
from a public host, and holds an inline script of its own.
"""

from html import escape
from importlib.resources import files

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response

# What Swagger UI needs, and nothing of the outside: it sets styles of elements, and its icons are data.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SAFE = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Referrer-Policy": "no-referrer"}
_ASSETS = files("fastapi_offline") / "static"

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

_START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  layout: "BaseLayout",
  deepLinking: true,
  validatorUrl: null,
  supportedSubmitMethods: [],
  presets: [SwaggerUIBundle.presets.apis],
});
"""


def routes_of(app: FastAPI) -> APIRouter:
    """The page and the document of the application."""
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    async def document() -> Response:
        return JSONResponse(app.openapi())

    @router.get("/docs")
    async def page() -> Response:
        return HTMLResponse(_PAGE.format(title=escape(app.title)), headers=_SAFE)

    @router.get("/docs/start.js")
    async def start() -> Response:
        return Response(_START, media_type="text/javascript", headers=_SAFE)

    @router.get("/docs/swagger-ui-bundle.js")
    async def script() -> Response:
        return FileResponse(str(_ASSETS / "swagger-ui-bundle.js"), media_type="text/javascript", headers=_SAFE)

    @router.get("/docs/swagger-ui.css")
    async def style() -> Response:
        return FileResponse(str(_ASSETS / "swagger-ui.css"), media_type="text/css", headers=_SAFE)

    return router
