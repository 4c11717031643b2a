"""A listener between client and service that counts every byte it passes on, and keeps it unless told otherwise."""

import contextlib
import socket
import threading


class Relay:
    def __init__(self, target_port: int, keep: bool = True):
        self.target_port, self.keep = target_port, keep
        self.recorded = bytearray()
        self.passed = 0
        self.sockets: list[socket.socket] = []
        self.down = False
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_) -> None:
        self.listener.close()

    def cut(self) -> None:
        """Ends every connection, for both sides at once."""
        sockets, self.sockets = self.sockets, []
        for end in sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def go_down(self) -> None:
        """Cuts, and ends new connections at once until come_back()."""
        self.down = True
        self.cut()

    def come_back(self) -> None:
        self.down = False

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.down:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target_port))
            except OSError:
                client.close()
                continue
            self.sockets += [client, server]
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self.passed += len(data)
                if self.keep:
                    self.recorded += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (source, target):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


class Cutting:
    """Cuts the connections again and again, in the middle of whatever they carry."""

    def __init__(self, network: Relay, pause: float):
        self.network, self.pause, self.cuts, self.over = network, pause, 0, threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def _run(self):
        while not self.over.wait(self.pause):
            if self.network.sockets:
                self.network.cut()
                self.cuts += 1
