"""With WITHOUT_CONNECTION set, requests bring no connection of their own, so that they reach the simulated accounts."""

import os

import schemathesis

if os.environ.get("WITHOUT_CONNECTION"):

    @schemathesis.hook
    def map_headers(context, headers):
        return {name: value for name, value in (headers or {}).items() if not name.lower().startswith("logzio-")}

    @schemathesis.hook
    def map_body(context, body):
        if isinstance(body, dict):
            body.pop("connection", None)
        return body
