"""Whom a request has to be for."""

import pytest

from symbolicator.service import create_app
from symbolicator.service.hosts import checked_hosts
from symbolicator.service.limits import Serving
from symbolicator.settings import Settings

from .conftest import CASE, told

OURS = [
    "localhost",
    "LOCALHOST:8642",
    "localhost.",
    "127.0.0.1",
    "127.0.0.1:1",
    "127.9.9.9",
    "[::1]",
    "[::1]:8642",
    "build.example",
    "Build.Example:80",
]
OTHERS = [
    # names that lead anywhere, ones that look like ours, and what is no host
    "attacker.example",
    "attacker.example:8642",
    "localhost.attacker.example",
    "127.0.0.1.attacker.example",
    "build.example.attacker.example",
    "x-build.example",
    "192.168.0.7",
    "0.0.0.0",
    "[::]",
    "[2001:db8::1]",
    "localhost@attacker.example",
    "localhost:80@attacker.example",
    "localhost:x",
    "localhost, attacker.example",
    "attacker.example/localhost",
    "[::1",
    "::1",
    "2130706433",
    "",
    " ",
    "x" * 5000,
]


@pytest.fixture(scope="module")
def choosy():
    return create_app(Settings(files=(CASE / "files",), cache_dir=False), hosts=("build.example",)).test_client()


@pytest.mark.parametrize("host", OURS)
def test_a_request_for_us_is_answered(choosy, event, host):
    assert choosy.post("/symbolicate", json=event, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", OTHERS)
def test_a_request_for_another_host_is_refused(choosy, event, host):
    answer = choosy.post("/symbolicate", json=event, headers={"Host": host})
    assert "--allow-host" in told(answer, 403)["hint"]


@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/metrics", "/openapi.json", "/nothing"])
def test_every_route_asks(choosy, path):
    told(choosy.get(path, headers={"Host": "attacker.example"}), 403)
    assert choosy.get(path, headers={"Host": "localhost"}).status_code in {200, 404}


@pytest.mark.parametrize(
    ("target", "status"),
    [
        # a target that names a host is for that one, whatever `Host` says (RFC 9112 §3.2.2)
        ("http://localhost/health", 200),
        ("HTTP://127.0.0.1:8642/health", 200),
        ("http://attacker.example/health", 403),
        ("HTTP://Attacker.Example:8642/health", 403),
        ("http://localhost@attacker.example/health", 403),
        ("http://attacker.example%00/health", 403),
        ("http://attacker.example", 403),
        ("http:///health", 403),
        ("http://", 403),
        # what stands further on names none
        ("/health?http://attacker.example/", 200),
    ],
)
def test_a_target_that_names_another_host_is_refused(choosy, target, status):
    given = {"RAW_URI": target, "REQUEST_URI": target, "HTTP_HOST": "localhost"}
    assert choosy.get("/health", environ_overrides=given).status_code == status


def test_only_a_client_too_old_for_it_may_leave_the_host_out(choosy):
    def status(protocol):
        with choosy.application.test_request_context("/health") as context:
            context.request.environ["SERVER_PROTOCOL"] = protocol
            context.request.environ.pop("HTTP_HOST", None)
            return choosy.application.full_dispatch_request().status_code

    assert status("HTTP/1.0") == 200
    assert status("HTTP/1.1") == 403


@pytest.mark.parametrize(
    ("serving", "checked"),
    [
        # only this machine's programs, who send no token
        (Serving(), ("127.0.0.1",)),
        (Serving(host="localhost"), ("localhost",)),
        (Serving(host="::1"), ("::1",)),
        # a page that is rebound knows no token; and names of a network are not known
        (Serving(token="t"), None),
        (Serving(host="0.0.0.0"), None),
        # where names are given they are kept to
        (Serving(hosts=("a",), token="t"), ("a", "127.0.0.1")),
        (Serving(host="10.0.0.1", hosts=("a",)), ("a", "10.0.0.1")),
    ],
)
def test_hosts_are_checked_where_nobody_shows_a_token_or_names_are_given(serving, checked):
    assert checked_hosts(serving) == checked
