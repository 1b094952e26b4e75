"""GraphQL over HTTP and both WebSocket subprotocols, with clients that are not ours."""

import asyncio
import json
import threading
import time

import pytest
import requests
import websockets
from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport
from websockets.sync.client import connect

OLD, NEW = "graphql-ws", "graphql-transport-ws"


def open_socket(probe, protocol: str, **options):
    return connect(f"ws://127.0.0.1:{probe.port}/graphql", subprotocols=[protocol], compression=None, **options)


def say(socket, **message) -> None:
    socket.send(json.dumps(message))


def hear(socket):
    return json.loads(socket.recv(timeout=10))


def begin(socket, protocol: str, operation: str, query: str) -> None:
    say(socket, type="start" if protocol == OLD else "subscribe", id=operation, payload={"query": query})


def test_over_http(server):
    body = {"query": "variables", "variables": {"a": [1, "é"]}, "operationName": "N"}
    answer = server.graphql(body)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json"
    assert answer.json()["data"]["variables"] == {"a": [1, "é"]}
    assert answer.json()["data"]["operationName"] == "N"
    assert server.graphql({"query": "syntax"}).status_code == 400
    assert server.graphql({"query": "resolver"}).status_code == 500
    assert server.graphql({"query": "throw"}).status_code == 503
    assert server.graphql([body]).status_code == 400
    assert server.graphql({}).text == "No GraphQL query found in the request\n"
    assert "GraphiQL" in server.get("/graphql", headers={"Accept": "text/html,*/*"}).text
    parameters = {"query": "variables", "variables": '{"b":2}'}
    assert server.get("/graphql", params=parameters).json()["data"]["variables"] == {"b": 2}
    raw = requests.post(server.url + "/graphql", data="variables", headers={"Content-Type": "application/graphql"}, timeout=5)
    assert raw.json()["data"]["variables"] is None


def test_a_retry_with_the_same_key_executes_nothing(server):
    headers = {"Idempotency-Key": "one"}
    first = server.graphql({"query": "count"}, headers=headers)
    assert server.graphql({"query": "count"}, headers=headers).text == first.text
    assert server.graphql({"query": "count"}).text != first.text
    assert server.graphql({"query": "other"}, headers=headers).status_code == 422
    # A retry while the first still runs waits for its answer.
    answers = []
    ask = lambda: answers.append(server.graphql({"query": "sleep"}, headers={"Idempotency-Key": "two"}).text)  # noqa: E731
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 3 and len(set(answers)) == 1


@pytest.mark.parametrize("protocol", [OLD, NEW])
def test_a_subscription_from_start_to_end(server, protocol):
    item = "data" if protocol == OLD else "next"
    with open_socket(server, protocol) as socket:
        assert socket.subprotocol == protocol
        say(socket, type="connection_init", payload={})
        assert hear(socket) == {"type": "connection_ack"}
        begin(socket, protocol, "1", "numbers 100")
        for left in reversed(range(100)):
            assert hear(socket) == {"type": item, "id": "1", "payload": {"data": {"left": left}}}
        assert hear(socket) == {"type": "complete", "id": "1"}
        begin(socket, protocol, "2", "refuse")
        refusal = hear(socket)
        assert refusal["type"] == "error"
        assert refusal["payload"] == ({"message": "no"} if protocol == OLD else [{"message": "no"}, {"message": "never"}])


@pytest.mark.parametrize("protocol", [OLD, NEW])
def test_events_reach_a_subscriber_at_once_and_stop_ends_it(server, protocol):
    with open_socket(server, protocol) as socket:
        say(socket, type="connection_init")
        hear(socket)
        begin(socket, protocol, "w", "wait")
        wait_until(lambda: server.metric("tidemill_http_subscriptions") == 1)
        requests.post(server.url + "/publish", timeout=5)
        assert "published" in hear(socket)["payload"]["data"]
        say(socket, type="stop" if protocol == OLD else "complete", id="w")
        wait_until(lambda: server.metric("tidemill_http_subscriptions") == 0)
        requests.post(server.url + "/publish", timeout=5)
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.3)


def wait_until(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_gql_works_unchanged(server):
    async def run():
        transport = WebsocketsTransport(url=f"ws://127.0.0.1:{server.port}/graphql", subprotocols=[NEW])
        async with Client(transport=transport) as session:
            document = gql("subscription { left }")
            # The fake service reads the text's first word; gql prints the document, which is no word of it: it ends.
            return [answer async for answer in session.subscribe(document)]

    assert asyncio.run(run()) == []


def test_the_end_of_a_connection_ends_its_subscriptions(server):
    sockets = [open_socket(server, OLD) for _ in range(20)]
    for socket in sockets:
        begin(socket, OLD, "1", "wait")
    wait_until(lambda: server.metric("tidemill_http_subscriptions") == 20)
    for socket in sockets[:10]:
        socket.close()
    for socket in sockets[10:]:
        socket.socket.close()
    wait_until(lambda: server.metric("tidemill_http_subscriptions") == 0)
    wait_until(lambda: server.metric("tidemill_http_websockets") == 0)


def test_a_client_that_offers_no_subprotocol_is_answered_none(server):
    with connect(f"ws://127.0.0.1:{server.port}/graphql", compression=None) as socket:
        assert socket.subprotocol is None
        say(socket, type="connection_init")
        assert hear(socket)["type"] == "connection_ack"


def test_other_subprotocols_are_refused(server):
    with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
        open_socket(server, "soap")
    assert refused.value.response.status_code == 400


def closed(socket) -> tuple[int, str]:
    try:
        while True:
            socket.recv(timeout=20)
    except websockets.exceptions.ConnectionClosed as end:
        return end.rcvd.code, end.rcvd.reason


def test_websocket_limits(start):
    probe = start("websockets=2", "message_bytes=1000")
    first, second = open_socket(probe, OLD), open_socket(probe, NEW)
    with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
        open_socket(probe, OLD)
    assert refused.value.response.status_code == 503
    first.send("x" * 2000)
    assert closed(first)[0] == 1009
    begin(second, NEW, "1", "wait")
    assert closed(second) == (4401, "Unauthorized")
    wait_until(lambda: probe.metric("tidemill_http_websockets") == 0)
    third = open_socket(probe, OLD)
    third.send(b"binary")
    assert closed(third)[0] == 1003
    fourth = open_socket(probe, OLD)
    for i in range(101):
        begin(fourth, OLD, str(i), "wait")
    assert "100 operations already" in hear(fourth)["payload"]["message"]


def test_a_slow_reader_slows_its_own_stream_and_is_cut(start):
    probe = start("write=1000")
    slow = open_socket(probe, OLD, max_queue=1)
    begin(slow, OLD, "1", "flood")
    time.sleep(0.3)
    # The flood waits for its reader: another client is served, and memory stays.
    with open_socket(probe, OLD) as other:
        begin(other, OLD, "1", "numbers 3")
        assert hear(other)["payload"]["data"] == {"left": 2}
    assert probe.metric("process_resident_memory_bytes") < 60e6
    wait_until(lambda: probe.metric('tidemill_http_refusals_total{cause="slow_reader"}') == 1)
    wait_until(lambda: probe.metric("tidemill_http_subscriptions") == 0)


def test_a_client_that_asks_and_does_not_read_is_closed_with_a_reason(start):
    probe = start("queue_bytes=100000")
    socket = open_socket(probe, NEW, max_queue=1)
    say(socket, type="connection_init")
    filler = "y" * 900_000
    try:
        for _ in range(20):
            say(socket, type="ping", payload={"filler": filler})
    except websockets.exceptions.ConnectionClosed:
        pass
    assert closed(socket) == (1013, "too slow a reader")


def test_a_silent_peer_is_pinged_and_then_closed(start):
    probe = start("ping=300")
    with open_socket(probe, OLD) as socket:  # Its library answers pings.
        time.sleep(1.5)
        say(socket, type="connection_init")
        assert hear(socket) == {"type": "connection_ack"}
    with probe.connect() as raw:
        raw.sendall(
            b"GET /graphql HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        while raw.recv(1000):
            pass
    wait_until(lambda: probe.metric("tidemill_http_websockets") == 0)


def test_a_client_that_does_not_introduce_itself_is_closed(start):
    probe = start()
    assert closed(open_socket(probe, NEW))[0] == 4408


@pytest.mark.parametrize("protocol", [OLD, NEW])
def test_stop_tells_1001(start, protocol):
    probe = start()
    socket = open_socket(probe, protocol)
    say(socket, type="connection_init")
    hear(socket)
    begin(socket, protocol, "1", "wait")
    result = []
    reader = threading.Thread(target=lambda: result.append(closed(socket)))
    reader.start()
    began = time.monotonic()
    assert probe.stop() == 0
    assert time.monotonic() - began < 3
    reader.join()
    assert result == [(1001, "the server is stopping")]


def test_a_thousand_subscribers_get_one_event(start):
    probe = start("connections=2000")

    async def run() -> float:
        url = f"ws://127.0.0.1:{probe.port}/graphql"
        sockets = [await websockets.connect(url, subprotocols=[OLD], compression=None) for _ in range(1000)]
        for socket in sockets:
            await socket.send(json.dumps({"type": "start", "id": "1", "payload": {"query": "wait"}}))
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, wait_until, lambda: probe.metric("tidemill_http_subscriptions") == 1000)
        begin_time = time.monotonic()
        await loop.run_in_executor(None, lambda: requests.post(probe.url + "/publish", timeout=20))
        for message in await asyncio.gather(*(socket.recv() for socket in sockets)):
            assert json.loads(message)["type"] == "data"
        took = time.monotonic() - begin_time
        await asyncio.gather(*(socket.close() for socket in sockets))
        return took

    assert asyncio.run(run()) < 5
