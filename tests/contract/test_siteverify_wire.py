"""siteverify on the wire: exact bodies, and what becomes of odd, broken and unlucky requests."""

import asyncio
import gzip
import json
import sqlite3
from collections.abc import AsyncIterator

import pytest

from captcha_range.cli.serve import KEEP_ALIVE
from captcha_range.core.clock import StillClock
from captcha_range.core.journal import entries
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app
from captcha_range.provider.sites import Site
from captcha_range.provider.watch_rules.secret_in_url import TOLD as SECRET_IN_URL
from captcha_range.provider.widget import ChallengeRequest, Pass, Visitor
from tests.contract.raw_http import Answer, Connection, form_request, request
from tests.questions import ROWS, open_shop
from tests.served import served
from tests.visits import ORIGIN, earn, register

FORM = "application/x-www-form-urlencoded"
BOTH_MISSING = b'{"success":false,"error-codes":["missing-input-response","missing-input-secret"]}'
BAD_REQUEST = b'{"success":false,"error-codes":["bad-request"]}'
DUMMY = {"secret": "0x" + "0" * 40, "response": "10000000-aaaa-bbbb-cccc-000000000001"}
DUMMY_PASS = b'{"success":true,"credit":false,"hostname":"dummy-key-pass","challenge_ts":"2027-01-15T08:00:00.000000Z"}'


@pytest.fixture(params=["httptools", "h11"])
async def url(request: pytest.FixtureRequest, provider: Provider) -> AsyncIterator[str]:
    async with served(create_app(provider), http=request.param) as url:
        yield url


@pytest.fixture
async def connection(url: str) -> AsyncIterator[Connection]:
    async with await Connection.open(url) as connection:
        yield connection


async def verify(connection: Connection, fields: dict[str, str]) -> Answer:
    return await connection.ask(form_request("/siteverify", fields))


async def test_a_publisher_pass_has_exactly_this_body(connection: Connection, provider: Provider) -> None:
    site, secret = await register(provider)
    answer = await verify(connection, {"response": await earn(provider, site), "secret": secret})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.body == (
        b'{"success":true,"credit":false,"hostname":"shop.localhost","challenge_ts":"2027-01-15T08:00:00.000000Z"}'
    )


async def test_an_enterprise_pass_has_exactly_this_body(connection: Connection, provider: Provider) -> None:
    site, secret = await register(provider, enterprise=True, fraction_digits=3)
    answer = await verify(connection, {"response": await earn(provider, site), "secret": secret})
    assert answer.body.decode() == (
        f'{{"success":true,"hostname":"shop.localhost","sitekey":"{site.sitekey}",'
        '"challenge_ts":"2027-01-15T08:00:00.000Z","score":0.0,"score_reason":["safe"]}'
    )


WHEN_LATER = '"challenge_ts":"2027-01-15T08:02:00.000000Z"'
WHEN = '"challenge_ts":"2027-01-15T08:00:00.000000Z"'
SAFE, BOT = "20000000-ffff-ffff-ffff-000000000002", "30000000-ffff-ffff-ffff-000000000003"
TOKEN_OF_SAFE, TOKEN_OF_BOT = "20000000-aaaa-bbbb-cccc-000000000002", "30000000-aaaa-bbbb-cccc-000000000003"
SAFE_PASS = (
    f'{{"success":true,"hostname":"dummy-key-pass","sitekey":"{SAFE}",{WHEN},"score":0,"score_reason":["safe"]}}'
)
BOT_PASS = f'{{"success":true,"hostname":"dummy-key-pass","sitekey":"{BOT}",{WHEN},"score":1,"score_reason":["bot"]}}'
WRONG_SECRET = (
    f'{{"success":false,"error-codes":["not-using-dummy-secret"],"credit":false,"hostname":"dummy-key-pass",{WHEN}}}'
)

GOLDEN: dict[str, tuple[dict[str, str], str]] = {
    "the publisher test key": (DUMMY, DUMMY_PASS.decode()),
    "the safe test key": ({**DUMMY, "response": TOKEN_OF_SAFE}, SAFE_PASS),
    "the bot test key": ({**DUMMY, "response": TOKEN_OF_BOT}, BOT_PASS),
    "a test token with another secret": ({**DUMMY, "secret": "0x1"}, WRONG_SECRET),
    "the test secret with another token": (
        {**DUMMY, "response": "x"},
        '{"success":false,"error-codes":["not-using-dummy-passcode"]}',
    ),
    "nothing": ({}, BOTH_MISSING.decode()),
    "no token": ({"secret": "x"}, '{"success":false,"error-codes":["missing-input-response"]}'),
    "no secret": ({"response": "x"}, '{"success":false,"error-codes":["missing-input-secret"]}'),
    "junk": ({"secret": "x", "response": "x"}, '{"success":false,"error-codes":["invalid-input-response"]}'),
    "a junk sitekey": (
        {"secret": "x", "response": "x", "sitekey": "x"},
        '{"success":false,"error-codes":["invalid-sitekey"]}',
    ),
    "a junk address": (
        {"secret": "x", "response": "x", "remoteip": "x"},
        '{"success":false,"error-codes":["invalid-remoteip"]}',
    ),
}


@pytest.mark.parametrize("case", ROWS)
async def test_every_row_of_the_contract_has_exactly_this_body(
    connection: Connection, provider: Provider, clock: StillClock, case: str
) -> None:
    make, codes = ROWS[case]
    answer = await verify(connection, make(await open_shop(provider, clock)))
    more = f',"credit":false,"hostname":"dummy-key-pass",{WHEN_LATER}' if codes == ["not-using-dummy-secret"] else ""
    listed = ",".join(f'"{code}"' for code in codes)
    assert (answer.status, answer.body.decode()) == (200, f'{{"success":false,"error-codes":[{listed}]{more}}}')


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"require_remoteip": True}, "missing-remoteip"),
        ({"merged_seen_code": True}, "invalid-or-already-seen-response"),
    ],
)
async def test_a_site_option_changes_the_code(
    connection: Connection, provider: Provider, options: dict[str, bool], code: str
) -> None:
    site, secret = await register(provider, **options)
    fields = {"response": await earn(provider, site), "secret": secret}
    answers = [(await verify(connection, fields)).body.decode() for _ in range(2)]
    assert answers[-1] == f'{{"success":false,"error-codes":["{code}"]}}'


async def test_without_scripts_the_answer_is_the_same(connection: Connection, provider: Provider) -> None:
    site, secret = await register(provider)
    fields = {"response": await earn(provider, site), "secret": secret}
    answers = [await connection.ask(form_request("/siteverify-nojs", fields)) for _ in range(2)]
    assert [b'"success":true' in answer.body for answer in answers] == [True, False]


async def test_two_secrets_are_good_while_one_is_rotated(connection: Connection, provider: Provider) -> None:
    site, first = await register(provider)
    second = await provider.sites.rotate_secret(site.sitekey)
    for secret in (first, second):
        answer = await verify(connection, {"response": await earn(provider, site), "secret": secret})
        assert b'"success":true' in answer.body
    await provider.sites.retire_secret(site.sitekey)
    answer = await verify(connection, {"response": await earn(provider, site), "secret": first})
    assert answer.body == b'{"success":false,"error-codes":["invalid-input-secret"]}'


@pytest.mark.parametrize("length", [100, 4_096, 8_000])
async def test_a_token_may_be_as_long_as_the_site_wants(
    connection: Connection, provider: Provider, length: int
) -> None:
    site, secret = await register(provider, token_length=length)
    visitor = Visitor("127.0.0.1", "a browser")
    earned = await provider.widget.open(site.sitekey, ChallengeRequest(origin=ORIGIN), visitor, passive=True)
    assert isinstance(earned, Pass)
    assert len(earned.token) == length + 3
    assert b'"success":true' in (await verify(connection, {"response": earned.token, "secret": secret})).body


async def test_a_secret_in_the_url_is_answered_and_warned_of(connection: Connection, provider: Provider) -> None:
    site, secret = await register(provider)
    token = await earn(provider, site)
    await verify(connection, {"secret": secret, "response": "x"})
    assert (
        b'"success":true'
        in (await connection.ask(request("GET", f"/siteverify?secret={secret}&response={token}"))).body
    )
    before, after = provider.database.read(entries)[-2:]
    assert "warnings" not in before.facts
    assert after.facts["warnings"] == [SECRET_IN_URL]
    assert secret not in str(after)


@pytest.mark.parametrize(
    ("body", "content_type", "codes"),
    [
        (json.dumps(DUMMY).encode(), "application/json", ["missing-input-response"]),
        (b"a=\xff", FORM, ["bad-request"]),
        (b"x" * 70_000, FORM, ["bad-request"]),
    ],
)
async def test_the_journal_tells_of_what_was_no_question_too(
    connection: Connection, provider: Provider, body: bytes, content_type: str, codes: list[str]
) -> None:
    await connection.ask(request("POST", "/siteverify", body, content_type))
    (entry,) = provider.database.read(entries)
    assert (entry.event, [entry.facts["code"]]) == ("QuestionRefused", codes)
    assert ("warnings" in entry.facts) is (content_type != FORM)


def test_an_idle_connection_is_kept_well_above_five_seconds() -> None:
    assert KEEP_ALIVE >= 60


@pytest.mark.parametrize("case", GOLDEN)
async def test_golden_bodies(connection: Connection, case: str) -> None:
    fields, body = GOLDEN[case]
    answer = await verify(connection, fields)
    assert (answer.status, answer.body.decode()) == (200, body)


async def test_one_connection_serves_many_verifications(connection: Connection) -> None:
    for _ in range(30):
        answer = await verify(connection, DUMMY)
        assert answer.body == DUMMY_PASS
        assert answer.headers.get("connection", "keep-alive") == "keep-alive"


async def test_requests_sent_ahead_are_answered_in_order(connection: Connection) -> None:
    connection.writer.write(form_request("/siteverify", DUMMY) + form_request("/siteverify", {}))
    assert (await connection.read()).body == DUMMY_PASS
    assert (await connection.read()).body == BOTH_MISSING


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_fields_in_the_query_string_are_answered_too(connection: Connection, method: str) -> None:
    path = f"/siteverify?secret={DUMMY['secret']}&response={DUMMY['response']}"
    assert (await connection.ask(request(method, path))).body == DUMMY_PASS


async def test_a_field_of_the_body_comes_before_the_same_field_of_the_query_string(connection: Connection) -> None:
    body = f"secret={DUMMY['secret']}&response={DUMMY['response']}".encode()
    assert (await connection.ask(request("POST", "/siteverify?secret=x", body, FORM))).body == DUMMY_PASS
    mixed = request("POST", f"/siteverify?secret={DUMMY['secret']}", f"response={DUMMY['response']}".encode(), FORM)
    assert (await connection.ask(mixed)).body == DUMMY_PASS


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "text/plain", "multipart/mixed; boundary=x", "x"],
)
async def test_a_body_that_is_no_form_counts_as_empty(connection: Connection, content_type: str) -> None:
    for body in (json.dumps(DUMMY).encode(), f"secret={DUMMY['secret']}&response={DUMMY['response']}".encode()):
        answer = await connection.ask(request("POST", "/siteverify", body, content_type))
        assert (answer.status, answer.body) == (200, BOTH_MISSING)


@pytest.mark.parametrize("content_type", ["", FORM, FORM.upper(), FORM + ";charset=UTF-8", " " + FORM])
async def test_a_form_is_recognised(connection: Connection, content_type: str) -> None:
    body = f"secret={DUMMY['secret']}&response={DUMMY['response']}".encode()
    assert (await connection.ask(request("POST", "/siteverify", body, content_type))).body == DUMMY_PASS


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", BOTH_MISSING),
        (b"secret=x&response=%ff%fe%00", b'{"success":false,"error-codes":["invalid-input-response"]}'),
        (b"secret=x&response=\xff\xfe", BAD_REQUEST),
        ("secret=x&response=é".encode(), b'{"success":false,"error-codes":["invalid-input-response"]}'),
        (b"secret=x&response=%", b'{"success":false,"error-codes":["invalid-input-response"]}'),
        (b"\0\0\0", BOTH_MISSING),
        (b"&" * 60_000, BAD_REQUEST),
        (b"a&" * 200, BAD_REQUEST),
        (b"secret=x&response=" + b"y" * 60_000, b'{"success":false,"error-codes":["invalid-input-response"]}'),
        (b"secret=x&response=" + b"y" * 65_536, BAD_REQUEST),
        (b"x" * 1_000_000, BAD_REQUEST),
    ],
    ids=range(11),
)
async def test_an_odd_body_gets_a_verdict(connection: Connection, body: bytes, expected: bytes) -> None:
    answer = await connection.ask(request("POST", "/siteverify", body, FORM))
    assert (answer.status, answer.body) == (200, expected)


async def test_a_body_without_a_length_is_read_in_chunks(connection: Connection) -> None:
    body = f"secret={DUMMY['secret']}&response={DUMMY['response']}".encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:1], body[1:30], body[30:])) + b"0\r\n\r\n"
    head = f"POST /siteverify HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert (await connection.ask(head.encode() + chunks)).body == DUMMY_PASS


def in_parts(fields: dict[str, str], boundary: str = "x") -> bytes:
    described = 'Content-Disposition: form-data; name="{}"'
    parts = [f"--{boundary}\r\n{described.format(name)}\r\n\r\n{value}\r\n" for name, value in fields.items()]
    return "".join([*parts, f"--{boundary}--\r\n"]).encode()


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data; boundary=x", 'Multipart/Form-Data; charset=UTF-8; boundary="x"']
)
async def test_a_form_in_parts_is_answered_too(connection: Connection, content_type: str) -> None:
    assert (await connection.ask(request("POST", "/siteverify", in_parts(DUMMY), content_type))).body == DUMMY_PASS
    nothing = await connection.ask(request("POST", "/siteverify", in_parts({}), content_type))
    assert nothing.body == BOTH_MISSING


@pytest.mark.parametrize("cut", [3, 20, 60, -3, -6])
async def test_a_form_whose_parts_break_off_is_a_bad_request(connection: Connection, cut: int) -> None:
    body = in_parts(DUMMY)[:cut]
    answer = await connection.ask(request("POST", "/siteverify", body, "multipart/form-data; boundary=x"))
    assert (answer.status, answer.body) == (200, BAD_REQUEST)


FRAMED = f"Content-Type: {FORM}\r\n"
QUESTION = f"secret={DUMMY['secret']}&response={DUMMY['response']}"
LENGTH = f"Content-Length: {len(QUESTION)}\r\n"
WAYS = {
    "HTTP/1.0": f"POST /siteverify HTTP/1.0\r\n{FRAMED}{LENGTH}\r\n{QUESTION}",
    "HTTP/1.0 that would go on": (
        f"POST /siteverify HTTP/1.0\r\nConnection: keep-alive\r\n{FRAMED}{LENGTH}\r\n{QUESTION}"
    ),
    "a GET with a body": f"GET /siteverify HTTP/1.1\r\nHost: x\r\n{FRAMED}{LENGTH}\r\n{QUESTION}",
    "chunks with extensions and a trailer": (
        f"POST /siteverify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n{FRAMED}\r\n"
        f"{len(QUESTION):X};a=b\r\n{QUESTION}\r\n0\r\nX: y\r\n\r\n"
    ),
    "names and values escaped": request(
        "POST", "/siteverify", QUESTION.replace("-", "%2D").replace("secret", "%73ecre%74").encode(), FORM
    ).decode(),
    "a header of 9 kB": f"POST /siteverify HTTP/1.1\r\nHost: x\r\nX: {'y' * 9_000}\r\n{FRAMED}{LENGTH}\r\n{QUESTION}",
}


@pytest.mark.parametrize("way", WAYS)
async def test_another_way_to_send_the_same_form_is_the_same(connection: Connection, way: str) -> None:
    assert (await connection.ask(WAYS[way].encode())).body == DUMMY_PASS


async def test_a_client_that_waits_to_be_told_to_go_on_is_told(connection: Connection) -> None:
    head = f"POST /siteverify HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n{FRAMED}{LENGTH}\r\n"
    assert (await connection.ask(head.encode())).status == 100
    assert (await connection.ask(QUESTION.encode())).body == DUMMY_PASS


async def test_a_compressed_form_is_a_bad_request(connection: Connection) -> None:
    squeezed = gzip.compress(QUESTION.encode())
    answer = await connection.ask(request("POST", "/siteverify", squeezed, FORM, "Content-Encoding: gzip"))
    assert (answer.status, answer.body) == (200, BAD_REQUEST)


async def test_the_connection_is_usable_after_a_bad_request(url: str) -> None:
    async with await Connection.open(url) as connection:
        assert (await connection.ask(request("POST", "/siteverify", b"a=\xff", FORM))).body == BAD_REQUEST
        assert (await verify(connection, DUMMY)).body == DUMMY_PASS


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused_with_the_right_ones_named(connection: Connection, method: str) -> None:
    answer = await connection.ask(request(method, "/siteverify"))
    assert answer.status == 405
    assert answer.headers["allow"] == "POST, GET"
    assert answer.body == (b"" if method == "HEAD" else BAD_REQUEST)


@pytest.mark.parametrize("path", ["/siteverify/", "/siteverify?", "/site%76erify"])
async def test_other_spellings_of_the_path_are_the_same(connection: Connection, path: str) -> None:
    assert (await connection.ask(form_request(path, DUMMY))).body == DUMMY_PASS


async def test_a_request_that_breaks_off_does_not_use_the_token_up(url: str, provider: Provider) -> None:
    site, secret = await register(provider)
    token = await earn(provider, site)
    whole = form_request("/siteverify", {"response": token, "secret": secret, "sitekey": "another"})
    async with await Connection.open(url) as connection:
        connection.writer.write(whole[: whole.index(b"&sitekey")])
        await connection.writer.drain()
    async with await Connection.open(url) as connection:
        answers = [await verify(connection, {}) for _ in range(5)]
        assert {answer.body for answer in answers} == {BOTH_MISSING}
        assert b'"success":true' in (await verify(connection, {"response": token, "secret": secret})).body


class FailingCommits(sqlite3.Connection):
    """A connection whose transactions cannot be completed while `broken` is set."""

    broken = False

    def execute(self, statement: str, parameters: object = (), /) -> sqlite3.Cursor:
        if statement == "COMMIT" and self.broken:
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(statement, parameters)  # type: ignore[arg-type]


@pytest.fixture
def failing(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> FailingCommits:
    """The provider's writer, exchanged for one that can be made to fail."""
    path = provider.database.read(lambda c: c.execute("PRAGMA database_list").fetchone()["file"])
    connection = sqlite3.connect(path, factory=FailingCommits, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    provider.database._writer.close()
    provider.database._writer = connection
    return connection


async def test_when_the_commit_fails_the_outcome_is_unknown_and_never_a_refusal(
    connection: Connection, provider: Provider, failing: FailingCommits
) -> None:
    site, secret = await register(provider)
    fields = {"response": await earn(provider, site), "secret": secret}
    failing.broken = True
    for _ in range(2):
        answer = await verify(connection, fields)
        assert answer.status == 503
        assert "success" not in json.loads(answer.body)
        assert json.loads(answer.body)["error"]["code"] == "store_unavailable"
    # Test keys need no store, and a malformed question needs no token.
    assert (await verify(connection, DUMMY)).body == DUMMY_PASS
    assert (await verify(connection, {})).body == BOTH_MISSING
    failing.broken = False
    assert b'"success":true' in (await verify(connection, fields)).body


async def test_a_full_disk_is_no_refusal_either_and_the_token_stays_good(
    connection: Connection, provider: Provider
) -> None:
    site, secret = await register(provider)
    tokens = [await earn(provider, site) for _ in range(300)]

    def limit(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()

    await provider.database.write(limit)
    spent, unknown = 0, []
    for token in tokens:
        answer = await verify(connection, {"response": token, "secret": secret})
        assert answer.status in (200, 503)
        if answer.status == 503:
            unknown.append(token)
        else:
            assert b'"success":true' in answer.body
            spent += 1
    assert unknown, "the disk never became full"
    await provider.database.write(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchall())
    for token in unknown:
        assert b'"success":true' in (await verify(connection, {"response": token, "secret": secret})).body
    assert spent + len(unknown) == 300


async def test_while_the_store_is_closed_the_outcome_is_unknown(url: str, provider: Provider) -> None:
    site, secret = await register(provider)
    fields = {"response": await earn(provider, site), "secret": secret}
    provider.database.close()
    async with await Connection.open(url) as connection:
        assert (await verify(connection, fields)).status == 503


async def test_an_expired_token_is_refused_on_the_wire(
    connection: Connection, provider: Provider, clock: StillClock
) -> None:
    site, secret = await register(provider)
    token = await earn(provider, site)
    clock.advance(120)
    answer = await verify(connection, {"response": token, "secret": secret})
    assert answer.body == b'{"success":false,"error-codes":["expired-input-response"]}'


async def test_many_connections_at_once_are_all_answered(url: str, provider: Provider) -> None:
    sites: list[tuple[Site, str]] = [await register(provider) for _ in range(2)]

    async def one(site: Site, secret: str) -> bytes:
        token = await earn(provider, site)
        async with await Connection.open(url) as connection:
            return (await verify(connection, {"response": token, "secret": secret})).body

    bodies = await asyncio.gather(*[one(*sites[number % 2]) for number in range(40)])
    assert all(b'"success":true' in body for body in bodies)
