"""A TCP proxy before a database that can be cut.

Belongs here: forwarding bytes, cutting all connections at once, refusing new ones.
Not here: know what flows through it.
"""

import socket
import threading
from contextlib import suppress


class Proxy:
    """Forwards 127.0.0.1:port to a unix socket or another port until it is cut."""

    def __init__(self, target: str | tuple[str, int]) -> None:
        self.target, self.bytes, self.is_cut = target, 0, False
        self._pairs: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Drop every connection, as a cable does; new ones are closed at once."""
        self.is_cut = True
        for one in self._pairs:
            # shutdown wakes the other thread's recv; close alone would leave it waiting.
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._pairs.clear()

    def mend(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.is_cut:
                client.close()
                continue
            kind = socket.AF_UNIX if isinstance(self.target, str) else socket.AF_INET
            server = socket.socket(kind)
            server.connect(self.target)
            self._pairs += [client, server]
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self.bytes += len(data)
                sink.sendall(data)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
