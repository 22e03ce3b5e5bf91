# SPDX-License-Identifier: BSD-3-Clause
"""A web site that is not the sinkhole's: its pages make a browser fetch what they name."""

import http.server
import threading


class OtherSite(http.server.ThreadingHTTPServer):
    """At http://address:8000/ until the end of the `with` block; every path is a page whose body is `body`."""

    def __init__(self, address):
        super().__init__((address, 8000), Page)
        self.body = ""
        self.url = f"http://{address}:8000/"

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = f"<!doctype html><html lang=en><title>Other</title><body>{self.server.body}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    do_POST = do_GET

    def log_message(self, *_):
        pass
