"""Drives tidemill_http_probe, the server of these tests, with the limits that a test names."""

import os
import signal
import socket
import subprocess

import requests

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("TIDEMILL_BUILD", os.path.join(ROOT, "build", "release"))
PROBE = os.path.join(BUILD, "libs", "http", "tidemill_http_probe")


class Probe:
    def __init__(self, *settings: str):
        self.process = subprocess.Popen([PROBE, *settings], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("port "), line
        self.port = int(line.split()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **options) -> requests.Response:
        return requests.get(self.url + path, timeout=20, **options)

    def graphql(self, body, **options) -> requests.Response:
        return requests.post(self.url + "/graphql", json=body, timeout=20, **options)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def talk(self, text: str | bytes) -> bytes:
        """Sends bytes and reads until the server closes."""
        with self.connect() as connection:
            connection.sendall(text.encode() if isinstance(text, str) else text)
            return read_all(connection)

    def metric(self, name: str) -> float:
        for line in self.get("/metrics").text.splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        return 0.0

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def read_all(connection: socket.socket) -> bytes:
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data
