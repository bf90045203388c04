from __future__ import annotations

import threading

import pytest

from xnat_runtime.cookies import CookieJar, parse_cookies


def jar_after(*headers: str, host: str = "xnat.example.org") -> CookieJar:
    jar = CookieJar(host)
    for header in headers:
        turn, _ = jar.next_turn(secure=True)
        jar.update(parse_cookies([header]), turn)
    return jar


def test_cookies_folded_into_one_header_as_recorded_are_told_apart():
    header = (
        "JSESSIONID=00000000000000000000000000000000; Path=/; HttpOnly, "
        'SESSION_EXPIRATION_TIME="1625022991874,432000000"; Version=1; Path=/'
    )
    jar = jar_after(header)
    assert jar.get("JSESSIONID") == "0" * 32
    assert jar.get("SESSION_EXPIRATION_TIME") == '"1625022991874,432000000"'


def test_an_expiry_date_does_not_end_a_cookie():
    found = parse_cookies(["a=1; Expires=Wed, 21 Oct 2099 07:28:00 GMT; Path=/, b=2"])
    assert [(each.name, each.value, each.expired) for each in found] == [("a", "1", False), ("b", "2", False)]


def test_the_latest_session_id_wins_and_the_others_stay():
    jar = jar_after("JSESSIONID=one", "LB=node1", "JSESSIONID=two; Path=/xnat")
    assert jar.next_turn(secure=True)[1] == "JSESSIONID=two; LB=node1"


def test_a_late_answer_to_an_earlier_request_does_not_bring_an_old_session_back():
    jar = CookieJar("h")
    early, _ = jar.next_turn(secure=True)
    login, _ = jar.next_turn(secure=True)
    jar.update(parse_cookies(["JSESSIONID=new"]), login)
    jar.update(parse_cookies(["JSESSIONID=anonymous"]), early)
    assert jar.get("JSESSIONID") == "new"


def test_an_answer_that_was_on_its_way_does_not_refill_a_cleared_jar():
    jar = CookieJar("h")
    turn, _ = jar.next_turn(secure=True)
    jar.clear()
    jar.update(parse_cookies(["JSESSIONID=old"]), turn)
    assert jar.get("JSESSIONID") is None


@pytest.mark.parametrize(
    "gone", ["a=; Max-Age=0", "a=x; Max-Age=-1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=;Max-Age=00"]
)
def test_an_expired_cookie_is_forgotten(gone: str):
    assert jar_after("a=1", gone).get("a") is None


def test_an_unreadable_date_does_not_expire_a_cookie():
    assert jar_after("a=1; Expires=soon").get("a") == "1"


def test_a_cookie_for_another_host_is_not_kept():
    assert jar_after("a=1; Domain=evil.org").get("a") is None
    assert jar_after("a=1; Domain=ample.org").get("a") is None
    assert jar_after("a=1; Domain=.example.org").get("a") == "1"
    assert jar_after("a=1; Domain=XNAT.example.org").get("a") == "1"


def test_a_secure_cookie_is_sent_over_tls_only():
    jar = jar_after("a=1; Secure", "b=2")
    assert jar.next_turn(secure=False)[1] == "b=2"
    assert jar.next_turn(secure=True)[1] == "a=1; b=2"


@pytest.mark.parametrize("text", ["", "novalue", "=x", "a=b\x7f", "a=b\r\nX: y", "a=é"])
def test_what_is_no_cookie_is_left_out(text: str):
    assert parse_cookies([text]) == []


def test_a_jar_and_its_cookies_show_no_values():
    jar = jar_after("JSESSIONID=S3CRET")
    assert "S3CRET" not in repr(jar) + repr(parse_cookies(["JSESSIONID=S3CRET"]))
    assert "JSESSIONID" in repr(jar)


def test_many_threads_share_one_jar():
    jar = CookieJar("h")

    def work(name: str) -> None:
        for count in range(200):
            turn, _ = jar.next_turn(secure=True)
            jar.update(parse_cookies([f"{name}={count}", f"JSESSIONID={name}"]), turn)

    threads = [threading.Thread(target=work, args=(f"t{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [jar.get(f"t{number}") for number in range(4)] == ["199"] * 4
    assert (jar.get("JSESSIONID") or "").startswith("t")


@pytest.mark.parametrize("seconds", ["00", "01", "10"])
def test_a_date_in_1970_ends_a_cookie(seconds):
    jar = jar_after(
        "JSESSIONID=one; Path=/", f"JSESSIONID=deleted; Expires=Thu, 01-Jan-1970 00:00:{seconds} GMT; Path=/"
    )
    assert jar.get("JSESSIONID") is None
