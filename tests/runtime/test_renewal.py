"""A login that ended in the middle of work: renewed once, and requests repeated only where that is safe."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import attrs
import pytest

from xnat_runtime.auth import GuestLogin, PasswordLogin
from xnat_runtime.cookies import CookieJar
from xnat_runtime.errors import ConnectionFailedError, LoginFailedError, SessionExpiredError
from xnat_runtime.renewal import Renewal, rewinder
from xnat_runtime.transport import Request, RequestBody, Response

PASSWORD = "pw-S3CRET"
LOGIN = "PUT /data/services/auth"
CHECK = "GET /data/auth"


class Site:
    """A server with logins, in a few lines; counts what it is asked."""

    def __init__(self) -> None:
        self.cookies = CookieJar("xnat.example.org")
        self.asked: list[str] = []
        self.bodies: list[bytes] = []
        self.alive: set[str] = set()
        self.numbers = iter(range(1, 1000))
        self.refuses = False
        self.is_down = False
        self.is_open = False
        self.page: bytes = b""
        self.lock = threading.Lock()

    def log_in(self) -> str:
        session_id = f"SESSION{next(self.numbers):04d}"
        self.alive.add(session_id)
        return session_id

    def end_logins(self) -> None:
        self.alive.clear()

    def send(self, request: Request, *, stream: bool = False) -> Response:
        del stream
        with self.lock:
            self.asked.append(f"{request.method} {request.path}")
            _, cookie = self.cookies.next_turn(secure=True)
            if request.path == "/data/services/auth":
                return self._answer_login(request)
            session_id = cookie.removeprefix("JSESSIONID=")
            if session_id not in self.alive and not self.is_open:
                return self._refuse(request)
            if request.path == "/data/auth":
                user = "bob" if session_id in self.alive else "guest"
                return self._reply(request, 200, f"User '{user}' is logged in".encode())
            if request.path == "/data/forbidden":
                return self._reply(request, 401, b"")
            self.bodies.append(_read(request.body))
            cookies = {} if session_id in self.alive else {"JSESSIONID": "GUESTGUEST"}
            return self._reply(request, 200, session_id.encode(), cookies)

    def _answer_login(self, request: Request) -> Response:
        if self.is_down:
            raise ConnectionFailedError("down")
        if self.refuses:
            return self._reply(request, 401, b"Authentication failed.")
        return self._reply(request, 200, self.log_in().encode())

    def _refuse(self, request: Request) -> Response:
        if self.page:
            return self._reply(request, 200, self.page, kind="text/html")
        return self._reply(request, 401, b"no")

    def _reply(
        self,
        request: Request,
        status: int,
        body: bytes,
        cookies: dict[str, str] | None = None,
        kind: str = "text/plain",
    ) -> Response:
        headers = {"Content-Type": kind}
        return Response(
            method=request.method, url=request.path, status=status, headers=headers, body=body, cookies=cookies
        )

    def close(self) -> None:
        pass


def _read(body: RequestBody) -> bytes:
    if body is None or isinstance(body, bytes):
        return body or b""
    return body.read() if hasattr(body, "read") else b"".join(body)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def renewal(site: Site) -> Renewal:
    site.cookies.set("JSESSIONID", site.log_in())
    return Renewal(PasswordLogin("bob", PASSWORD), site)


GET = Request("GET", "/data/projects")


def test_nothing_is_added_to_a_login_that_works(site, renewal):
    assert renewal.send(GET).text == "SESSION0001"
    assert site.asked == ["GET /data/projects"]


def test_an_ended_login_is_renewed_and_the_request_repeated(site, renewal):
    site.end_logins()
    assert renewal.send(GET).text == "SESSION0002"
    assert site.asked == ["GET /data/projects", CHECK, LOGIN, "GET /data/projects"]
    assert renewal.send(GET).text == "SESSION0002"
    assert len(site.asked) == 5


def test_a_login_page_means_the_same(site, renewal, login_page):
    site.page = login_page
    site.end_logins()
    assert renewal.send(GET).text == "SESSION0002"


def test_a_page_of_the_archive_that_looks_like_a_login_changes_nothing(site, renewal, login_page):
    real = site.send

    def send(request: Request, *, stream: bool = False) -> Response:
        answer = real(request)
        if request.path != "/data/projects":
            return answer
        headers = {"Content-Type": "text/html"}
        return Response(method="GET", url=request.path, status=200, headers=headers, body=login_page)

    site.send = send
    assert renewal.send(GET).content == login_page
    assert LOGIN not in site.asked


def test_many_threads_share_one_login(site, renewal):
    site.end_logins()
    barrier = threading.Barrier(8)

    def ask(_number: int) -> str:
        barrier.wait(10)
        return renewal.send(GET).text

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"SESSION0002"}
    assert site.asked.count(LOGIN) == 1
    assert site.asked.count(CHECK) == 1


def test_a_late_401_of_an_old_login_causes_no_new_one(site, renewal):
    """The answer to a request that went out before the renewal comes after it."""
    real, held = site.send, threading.Event()
    refused = threading.Event()

    def slow(request: Request, *, stream: bool = False) -> Response:
        answer = real(request)
        if request.path == "/data/slow" and answer.status == 401:
            refused.set()
            held.wait(10)
        return answer

    site.send = slow
    site.end_logins()
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(renewal.send, Request("GET", "/data/slow"))
        refused.wait(10)
        assert renewal.send(GET).text == "SESSION0002"
        held.set()
        assert late.result(10).text == "SESSION0002"
    assert site.asked.count(LOGIN) == 1


def test_a_refused_login_is_tried_once_however_many_ask(site, renewal):
    site.end_logins()
    site.refuses = True
    barrier = threading.Barrier(6)

    def ask(_number: int) -> None:
        barrier.wait(10)
        with pytest.raises(LoginFailedError, match=r"401.*Authentication failed") as caught:
            renewal.send(GET)
        assert PASSWORD not in str(caught.value)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ask, range(6)))
    with pytest.raises(LoginFailedError):
        renewal.send(GET)
    assert site.asked.count(LOGIN) == 1


def test_a_login_that_found_no_server_is_tried_again_by_the_next_request(site, renewal):
    site.end_logins()
    site.is_down = True
    with pytest.raises(ConnectionFailedError):
        renewal.send(GET)
    site.is_down = False
    assert renewal.send(GET).text == "SESSION0002"


def test_an_interrupted_login_leaves_it_to_those_who_wait(site, renewal):
    real, entered, go = site.send, threading.Event(), threading.Event()
    interrupts = iter([KeyboardInterrupt()])

    def send(request: Request, *, stream: bool = False) -> Response:
        if request.path == "/data/services/auth" and (error := next(interrupts, None)):
            entered.set()
            go.wait(10)
            raise error
        return real(request)

    def pilot() -> None:
        with pytest.raises(KeyboardInterrupt):
            renewal.send(GET)

    site.send = send
    site.end_logins()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(pilot)
        entered.wait(10)
        second = pool.submit(renewal.send, GET)
        go.set()
        first.result(10)
        assert second.result(10).text == "SESSION0002"


def test_a_401_of_the_resource_is_handed_back_without_a_login(site, renewal):
    for _ in range(2):
        assert renewal.send(Request("GET", "/data/forbidden")).status == 401
    assert LOGIN not in site.asked


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_that_was_refused_was_not_done_and_is_repeated(site, renewal, method):
    site.end_logins()
    renewal.send(Request(method, "/data/x", body=b"once"))
    assert site.bodies == [b"once"]
    assert site.asked.count(f"{method} /data/x") == 2


class Pieces:
    """A body that can be iterated again."""

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"ab", b"cd")


def seekable() -> io.BytesIO:
    stream = io.BytesIO(b"--abcd")
    stream.seek(2)
    return stream


@pytest.mark.parametrize("make", [Pieces, seekable, lambda: [b"ab", b"cd"]])
def test_bodies_that_can_be_read_again_are_sent_again(site, renewal, make):
    body = make()
    site.end_logins()
    real = site.send

    def send(request: Request, *, stream: bool = False) -> Response:
        if request.path == "/data/x" and "SESSION0001" in site.cookies.next_turn(secure=True)[1]:
            _read(request.body)
        return real(request)

    site.send = send
    renewal.send(Request("PUT", "/data/x", body=body))
    assert site.bodies == [b"abcd"]


class Pipe(io.RawIOBase):
    """A stream that cannot be wound back."""

    def readable(self) -> bool:
        return True


@pytest.mark.parametrize("body", [iter([b"ab"]), (piece for piece in (b"ab",)), Pipe()])
def test_bodies_that_can_be_read_once_are_not_sent_again(site, renewal, body):
    site.end_logins()
    with pytest.raises(
        SessionExpiredError, match=r"PUT /data/x: 401.*was renewed, but this body can be read only once"
    ):
        renewal.send(Request("PUT", "/data/x", body=body))
    assert site.asked.count("PUT /data/x") == 1
    assert renewal.send(GET).text == "SESSION0002"


def test_streaming_answers_are_renewed_too(site, renewal):
    site.end_logins()
    assert renewal.send(GET, stream=True).text == "SESSION0002"


def test_an_open_site_that_takes_us_for_a_guest_is_noticed(site, renewal):
    site.is_open = True
    site.end_logins()
    assert renewal.send(GET).text == "SESSION0002"
    assert site.asked == ["GET /data/projects", CHECK, LOGIN, "GET /data/projects"]


@pytest.mark.parametrize(("cookies", "checks"), [({"JSESSIONID": "SESSION0001"}, 0), ({"JSESSIONID": "OTHER1234"}, 1)])
def test_a_server_that_sets_its_cookie_again_and_again_is_asked_once_at_most(site, renewal, cookies, checks):
    real = site.send

    def send(request: Request, *, stream: bool = False) -> Response:
        answer = real(request)
        return answer if request.path == "/data/auth" else site._reply(request, 200, answer.content, cookies)

    site.send = send
    for _ in range(5):
        assert renewal.send(GET).text == "SESSION0001"
    assert site.asked.count(CHECK) == checks
    assert LOGIN not in site.asked


def test_a_guest_stays_a_guest(site):
    site.is_open = True
    renewal = Renewal(GuestLogin(), site)
    assert renewal.send(GET).status == 200
    assert LOGIN not in site.asked


def test_load_balancer_cookies_survive_a_new_login(site, renewal):
    site.cookies.set("AWSALB", "node-7")
    site.cookies.set("JSESSIONID", "DEADDEAD")
    site.cookies.forget_login()
    assert (site.cookies.get("AWSALB"), site.cookies.get("JSESSIONID")) == ("node-7", None)


def test_what_can_be_rewound():
    stream = seekable()
    rewind = rewinder(stream)
    assert stream.read() == b"abcd"
    assert rewind()
    assert stream.read() == b"abcd"
    assert [rewinder(body)() for body in (None, b"", [b"a"], iter(()), Pipe())] == [True, True, True, False, False]


def test_requests_are_repeated_as_they_were(site, renewal):
    site.end_logins()
    request = Request("PUT", "/data/x", (("a", "b"),), {"X-A": "1"}, b"body")
    seen: list[Request] = []
    real = site.send

    def send(sent: Request, *, stream: bool = False) -> Response:
        seen.append(sent)
        return real(sent)

    site.send = send
    renewal.send(request)
    assert [each for each in seen if each.path == "/data/x"] == [request, request]
    assert attrs.asdict(seen[0], recurse=False) == attrs.asdict(request, recurse=False)
