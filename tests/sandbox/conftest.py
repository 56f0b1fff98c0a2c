"""A running sandbox for each file of tests that asks for one."""

import http.server
import threading
from collections.abc import Iterator

import pytest
from sandbox_process import Running, Webhook


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Start one sandbox with a webhook that keeps what it gets."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sandbox = Running(tmp_path_factory.mktemp("sandbox"), server.server_port)
    yield sandbox
    sandbox.process.kill()
    sandbox.process.wait()
    server.shutdown()
    server.server_close()


@pytest.fixture
def running(process: Running) -> Running:
    """Give the sandbox of this file without faults."""
    process.faults()
    Webhook.posts.clear()
    Webhook.unsubscribed.clear()
    Webhook.refusing = 0
    return process
