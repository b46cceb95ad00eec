"""A publisher of archives on loopback: ranges, cut connections, refusals, files that change.

Belongs here: the server that tests of fetching share.
Not here: what the archives hold (simulation/season_archives.py).
"""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self


class ArchiveServer:
    """Serves bytes by path. `cut_after`: bytes after which the next answers end; `status`: of the next answers."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.requests: list[tuple[str, str | None]] = []
        self.cut_after: list[int] = []
        self.status: list[int] = []
        self.has_ranges = True
        self.redirect_to = ""
        self.on_request: Callable[[str], None] = lambda _: None
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.respond(self)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True

    def __enter__(self) -> Self:
        Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}"

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        self.requests.append((handler.path, handler.headers.get("Range")))
        self.on_request(handler.path)
        if self.redirect_to:
            handler.send_response(302)
            handler.send_header("Location", self.redirect_to)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        body = self.files.get(handler.path)
        status = self.status.pop(0) if self.status else 200 if body is not None else 404
        if status != 200 or body is None:
            handler.send_response(status)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        etag, start = f'"{hash(body)}"', 0
        if self.has_ranges and handler.headers.get("Range") and handler.headers.get("If-Range") == etag:
            start = int(handler.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(body) - start))
        handler.send_header("ETag", etag)
        handler.end_headers()
        piece = body[start:]
        if self.cut_after:
            handler.wfile.write(piece[: self.cut_after.pop(0)])
            handler.close_connection = True
            return
        handler.wfile.write(piece)
