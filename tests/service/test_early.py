"""Answers given without the application."""

import json

from symbolicator.service.early import early_answer
from symbolicator.service.requests import begin, end


def _refused(given: str | None, detail: str = "the service is full") -> tuple[list[str], dict, int]:
    """(lines of the head, what the body says, its bytes) of the refusal of a request with this id."""
    begin(given)
    head, _, body = early_answer(503, detail, "later", keep=True, retry_after=1).partition(b"\r\n\r\n")
    end()
    return head.decode("latin-1").split("\r\n"), json.loads(body), len(body)


def test_each_refusal_of_a_flood_has_its_own_id():
    for name in ("first", "other", "a-longer-one", "first"):
        head, said, size = _refused(name)
        assert f"X-Request-Id: {name}" in head
        assert f"Content-Length: {size}" in head
        assert said == {"detail": "the service is full", "hint": "later", "request_id": name}


def test_requests_without_an_id_are_refused_under_different_ones():
    assert len({_refused(None)[1]["request_id"] for _ in range(9)}) == 9


def test_what_a_client_wrote_is_not_taken_for_the_place_of_an_id():
    detail = 'it says "request_id":""}\n and request_id'
    _, said, _ = _refused("mine", detail)
    assert (said["detail"], said["request_id"]) == (detail, "mine")
