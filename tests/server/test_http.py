"""The server core over real sockets: what HTTP demands, and each limit."""

import gzip
import socket
import threading
import time

import requests

from probe import read_all


def get(path: str = "/ping", *headers: str) -> str:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: h", *headers]) + "\r\n\r\n"


def test_pipelined_requests_are_answered_in_order(server):
    answer = server.talk(get("/bytes?n=3") + get("/slow?ms=50") + get("/ping", "Connection: close"))
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.index(b"bbb") < answer.index(b"slow\n") < answer.index(b"pong\n")


def test_keep_alive_serves_many_requests_on_one_connection(server):
    with server.connect() as connection:
        for _ in range(50):
            connection.sendall(get().encode())
            assert connection.recv(1000).endswith(b"pong\n")


def test_a_header_may_arrive_in_pieces(server):
    for cut in range(1, len(get()), 5):
        with server.connect() as connection:
            connection.sendall(get()[:cut].encode())
            time.sleep(0.02)
            connection.sendall(get()[cut:].encode())
            assert connection.recv(1000).endswith(b"pong\n"), cut


def test_a_half_closed_client_gets_its_answer(server):
    with server.connect() as connection:
        connection.sendall(get("/slow?ms=100").encode())
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection).endswith(b"slow\n")


def test_chunked_bodies_and_continue(server):
    request = "POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(request.encode())
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
        assert read_all(connection).endswith(b"\r\n\r\nhello world")


def test_large_bodies_go_through_whole(server):
    body = bytes(range(256)) * 40_000
    assert requests.post(server.url + "/echo", data=body, timeout=20).content == body


def test_gzip_etag_and_head(server):
    plain = server.get("/bytes?n=50000", headers={"Accept-Encoding": "identity"})
    packed = server.get("/bytes?n=50000", headers={"Accept-Encoding": "gzip"}, stream=True)
    raw = packed.raw.read(decode_content=False)
    assert packed.headers["Content-Encoding"] == "gzip" and len(raw) < 1000
    assert gzip.decompress(raw) == plain.content
    assert server.get("/bytes?n=50000", headers={"Accept-Encoding": "deflate"}).content == plain.content

    first = server.get("/etag")
    again = server.get("/etag", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.content == b""
    head = requests.head(server.url + "/etag", headers={"Accept-Encoding": "identity"}, timeout=5)
    assert head.headers["Content-Length"] == "5001" and head.headers["ETag"] == '"tag"'


def test_compression_is_not_for_this_machine_unless_a_proxy_asks(start):
    probe = start("compression=remote")
    assert "Content-Encoding" not in probe.get("/bytes?n=50000").headers
    assert probe.get("/bytes?n=50000", headers={"X-Forwarded-For": "10.1.2.3"}).headers["Content-Encoding"] == "gzip"


def test_streams_and_files(server, tmp_path):
    assert server.get("/chunks?n=20").content == b"c" * 2_000_000
    path = tmp_path / "file"
    path.write_bytes(b"0123456789" * 100_000)
    answer = server.get(f"/file?path={path}")
    assert answer.content == path.read_bytes()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="down_load.txt"'
    assert server.get(f"/file?path={tmp_path}").status_code == 404
    assert server.get(f"/file?path={path}/none").status_code == 404
    old = server.talk("GET /chunks?n=2 HTTP/1.0\r\n\r\n")
    assert b"chunked" not in old and old.endswith(b"c" * 200_000)


def test_errors_are_one_line_and_leak_nothing(server):
    assert server.get("/nothing").status_code == 404
    assert server.get("/nothing").text == "nothing is served at /nothing\n"
    wrong = requests.delete(server.url + "/echo", timeout=5)
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "POST")
    assert (server.get("/fail").status_code, server.get("/fail").text) == (500, "the handler failed\n")
    split = server.talk(get("/split", "Connection: close"))
    assert split.startswith(b"HTTP/1.1 500") and b"\r\nInjected" not in split
    assert server.get("/params/a%2Fb/c").text == "a|b/c\n"
    for bad, status in [
        ("nonsense\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ]:
        answer = server.talk(bad if isinstance(bad, bytes) else bad)
        assert answer.startswith(f"HTTP/1.1 {status} ".encode()), (bad, answer)
        assert b"Connection: close" in answer


def test_oversize_requests(start):
    probe = start("target_bytes=100", "header_bytes=1000", "body_bytes=1000")
    for length in (200, 900, 5000, 50_000):
        assert probe.talk(get("/" + "a" * length)).startswith(b"HTTP/1.1 414")
    assert probe.talk(get("/ping", "X: " + "a" * 5000)).startswith(b"HTTP/1.1 431")
    large = probe.talk("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n" + "x" * 1001)
    assert large.startswith(b"HTTP/1.1 413") and b"longer than 1000 bytes" in large
    chunked = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + "64\r\n" + "x" * 100 + "\r\n"
    assert probe.talk(chunked + ("64\r\n" + "x" * 100 + "\r\n") * 20).startswith(b"HTTP/1.1 413")
    # Refused before the body is sent: a large upload is not waited for.
    assert requests.post(probe.url + "/echo", data=b"x" * 5_000_000, timeout=20).status_code == 413


def test_slow_requests_are_refused_and_idle_ones_closed(start):
    probe = start("head=400", "body=400", "idle=400")
    with probe.connect() as connection:
        begin = time.monotonic()
        for byte in get("/" + "a" * 100).encode()[:12]:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)
        answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 408") and time.monotonic() - begin < 5
    slow_body = probe.talk("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc")
    assert slow_body.startswith(b"HTTP/1.1 408") and b"body did not arrive in time" in slow_body
    begin = time.monotonic()
    assert probe.talk("") == b"" and time.monotonic() - begin < 5
    assert probe.talk(get()).endswith(b"pong\n")  # Kept alive, then closed for idleness.


def test_a_reader_that_stops_is_cut(start):
    probe = start("write=400")
    with probe.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(get("/chunks?n=10000").encode())
        deadline = time.monotonic() + 10
        while probe.metric('tidemill_http_refusals_total{cause="slow_reader"}') == 0:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_thousand_connections(start):
    probe = start("connections=1100")
    connections = [probe.connect() for _ in range(1000)]
    try:
        for connection in connections:
            connection.sendall(get().encode())
        for connection in connections:
            assert connection.recv(1000).endswith(b"pong\n")
        assert probe.metric("tidemill_http_connections") == 1001
    finally:
        for connection in connections:
            connection.close()


def test_more_connections_than_the_limit_are_told_so(start):
    probe = start("connections=5")
    connections = [probe.connect() for _ in range(5)]
    for connection in connections:
        connection.sendall(get().encode())
        assert connection.recv(1000).endswith(b"pong\n")
    refused = probe.talk(get())
    assert refused.startswith(b"HTTP/1.1 503") and b"more than 5 connections" in refused
    for connection in connections:
        connection.close()
    deadline = time.monotonic() + 5
    while probe.get("/ping").status_code != 200:
        assert time.monotonic() < deadline


def test_prefix(start):
    probe = start("prefix=/data/mill")
    root = probe.get("/", allow_redirects=False)
    assert (root.status_code, root.headers["Location"]) == (307, "/data/mill")
    assert probe.get("/data/mill/ping").text == "pong\n"
    assert probe.get("/ping").status_code == 404
    assert probe.get("/data/millping").status_code == 404


def test_the_filter_sees_every_request(start):
    probe = start("token=secret")
    assert probe.get("/ping").status_code == 401
    assert probe.graphql({"query": "variables"}).status_code == 401
    headers = {"Authorization": "Bearer secret"}
    assert probe.graphql({"query": "variables"}, headers=headers).json()["data"]["user"] == "probe"
    upgrade = get("/graphql", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")  # fmt: skip
    assert probe.talk(upgrade).startswith(b"HTTP/1.1 401")


def test_stop_finishes_what_runs_and_closes_what_idles(start):
    probe = start("drain=5000")
    idle = probe.connect()
    idle.sendall(get().encode())
    assert idle.recv(1000).endswith(b"pong\n")
    answers = []
    running = threading.Thread(target=lambda: answers.append(probe.talk(get("/slow?ms=800"))))
    running.start()
    time.sleep(0.2)
    begin = time.monotonic()
    assert probe.stop() == 0
    assert time.monotonic() - begin < 3
    running.join()
    assert answers[0].endswith(b"slow\n") and b"\r\nConnection: close\r\n" in answers[0]
    assert idle.recv(1000) == b""


def test_stop_cuts_what_takes_too_long(start):
    probe = start("drain=200")
    reader = probe.connect()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.sendall(get("/chunks?n=10000").encode())
    time.sleep(0.2)
    begin = time.monotonic()
    assert probe.stop() == 0
    assert time.monotonic() - begin < 3
