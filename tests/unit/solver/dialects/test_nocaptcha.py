"""nocaptcha's requests become orders, and its answers have the form of the documents."""

from typing import Any

import pytest

from captcha_range.solver.dialects import nocaptcha
from captcha_range.solver.errors import FieldInvalid, SitekeyUnknown
from captcha_range.solver.orders import Proxy, Solution, TokenOrder
from captcha_range.solver.provider_link import Preflight

SITEKEY = "a9b5fb07-92ff-493f-86fe-352a2803b3df"
REFERER = "https://discord.com/channels/1/2"


def parsed(**fields: Any) -> TokenOrder:
    return nocaptcha.parse_order({"sitekey": SITEKEY, "referer": REFERER, **fields})


def test_the_least_request_is_an_order_without_conditions() -> None:
    assert parsed() == TokenOrder(sitekey=SITEKEY, page_url=REFERER)


def test_every_documented_field_reaches_the_order() -> None:
    fields = {
        "rqdata": "data",
        "proxy": "127.0.0.1:8888",
        "region": "GB",
        "invisible": True,
        "need_ekey": True,
        "preflight_uuid": "b5e404b6-55ca-4672-a83f-9a5f3e2e9882",
        "user_agent": "agent",
    }
    assert parsed(**fields) == TokenOrder(
        sitekey=SITEKEY,
        page_url=REFERER,
        user_agent="agent",
        invisible=True,
        rqdata="data",
        region="gb",
        proxy=Proxy("127.0.0.1", 8888),
        preflight="b5e404b6-55ca-4672-a83f-9a5f3e2e9882",
    )


def test_what_real_clients_send_besides_is_accepted() -> None:
    extra = {"internal": True, "is_auth": False, "timeout": 30, "mode": "picture", "domain": "hcaptcha.com"}
    assert parsed(**extra, cookies={}, extra=None) == parsed()


@pytest.mark.parametrize("field", ["rqdata", "proxy", "region", "preflight_uuid", "user_agent"])
@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_field_is_as_good_as_none(field: str, empty: str | None) -> None:
    assert parsed(**{field: empty}) == parsed()


@pytest.mark.parametrize("field", ["sitekey", "referer"])
@pytest.mark.parametrize("value", [None, "", 1, []])
def test_a_required_field_must_be_text(field: str, value: Any) -> None:
    with pytest.raises(FieldInvalid, match=f"^{field}: "):
        parsed(**{field: value})


@pytest.mark.parametrize("field", ["rqdata", "proxy", "region", "preflight_uuid", "user_agent"])
def test_an_optional_field_must_be_text_if_it_is_there(field: str) -> None:
    with pytest.raises(FieldInvalid, match=f"^{field}: "):
        parsed(**{field: 1})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("127.0.0.1:8888", Proxy("127.0.0.1", 8888)),
        ("http://127.0.0.1:8888", Proxy("127.0.0.1", 8888)),
        ("HTTP://127.0.0.1:8888", Proxy("127.0.0.1", 8888)),
        ("usr:pwd@127.0.0.1:8888", Proxy("127.0.0.1", 8888, "usr", "pwd")),
        ("http://usr:pwd@127.0.0.1:8888/", Proxy("127.0.0.1", 8888, "usr", "pwd")),
        ("user-gb:pwd@10.0.0.7:80", Proxy("10.0.0.7", 80, "user-gb", "pwd")),
        ("usr:p:w@d@127.0.0.1:8888", Proxy("127.0.0.1", 8888, "usr", "p:w@d")),
        ("[::1]:8888", Proxy("::1", 8888)),
        ("https://127.0.0.1:8888", Proxy("127.0.0.1", 8888)),
        ("socks5://127.0.0.1:1080", Proxy("127.0.0.1", 1080, kind="socks5")),
        ("socks5h://usr:pwd@127.0.0.1:1080", Proxy("127.0.0.1", 1080, "usr", "pwd", "socks5")),
        ("usr%40x:p%3Aw@127.0.20.1:8080", Proxy("127.0.20.1", 8080, "usr@x", "p:w")),
        ("socks5://a%2Fb%25:%e9%aa%8c@127.0.0.1:1", Proxy("127.0.0.1", 1, "a/b%", "验", "socks5")),
    ],
)
def test_a_proxy_may_be_spelled_in_each_documented_way(given: str, expected: Proxy) -> None:
    assert parsed(proxy=given).proxy == expected


@pytest.mark.parametrize(
    "given",
    [
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:http",
        "127.0.0.1:99999",
        "127.0.0.1:-1",
        "localhost:8888",
        "proxy.example:8888",
        "2130706433:8888",
        "0x7f000001:8888",
        "127.1:8888",
        "0177.0.0.1:8888",
        "socks4://127.0.0.1:1080",
        "socks5://localhost:1080",
        "127.0.0.1:88\n88",
        "us\ter:x@127.0.0.1:8888",
        "file:///etc/passwd",
        "[::1:8888",
        "::1:8888",
        ":8888",
        "@:8888",
        "http://",
        "\x00",
        "127。0。0。1:8888",
    ],
)
def test_any_other_proxy_is_refused_without_repeating_it(given: str) -> None:
    with pytest.raises(FieldInvalid, match=r"^proxy: must be ip:port or usr:pwd@ip:port"):
        parsed(proxy=given)


@pytest.mark.parametrize("login", ["%", "a%", "a%4", "a%zz", "%%40", "a%40:p%", "a:p%g0", "a:%٤٠"])
def test_a_login_with_a_percent_sign_that_encodes_nothing_is_refused_with_the_mend(login: str) -> None:
    with pytest.raises(FieldInvalid, match=r"^proxy: .*write %25 for % itself$"):
        parsed(proxy=f"{login}@127.0.0.1:8888")


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (30, 27.0),
        (30.0, 27.0),
        (0.5, 0.45),
        (299, 269.1),
        (None, 300.0),
        ("", 300.0),
        (300, 300.0),
        (10**30, 300.0),
        (float("inf"), 300.0),
        ("30", 27.0),
        (" 30 ", 27.0),
        ("0.5", 0.45),
        ("30.", 27.0),
        ("999999999", 300.0),
    ],
)
def test_the_answer_comes_before_the_clients_own_deadline(given: Any, seconds: float) -> None:
    assert nocaptcha.parse_wait({"timeout": given}) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "given",
    [0, "0", 0.0, "0.0", -1, "-1", True, False, [], {}, " ", "abc", "30s", "1e3", "٣٠", "1" * 10, float("nan"), "\x00"],
)
def test_a_deadline_that_is_none_is_refused(given: Any) -> None:
    with pytest.raises(FieldInvalid, match=r"^timeout: must be a number of seconds above 0"):
        nocaptcha.parse_wait({"timeout": given})


def test_a_request_without_a_deadline_may_last_as_long_as_a_task() -> None:
    assert nocaptcha.parse_wait({}) == 300.0


@pytest.mark.parametrize("need_ekey", [False, True])
def test_ekey_is_in_the_answer_only_if_it_was_asked_for(need_ekey: bool) -> None:
    answer = nocaptcha.solved(Solution("P1_x", "E0_y", "agent"), need_ekey=need_ekey, request_id="id", seconds=9.18784)
    assert list(answer) == ["cost", "data", "id", "msg", "status"]
    assert (answer["cost"], answer["id"], answer["msg"], answer["status"]) == ("9187.84ms", "id", "验证成功", 1)
    expected = [("generated_pass_UUID", "P1_x"), ("user_agent", "agent")]
    assert list(answer["data"].items()) == expected + ([("ekey", "E0_y")] if need_ekey else [])


def test_a_preflights_uuid_is_in_both_places() -> None:
    answer = nocaptcha.preflight_agreed(Preflight("uuid", "ca", "agent"), seconds=0.012)
    assert list(answer) == ["success", "data", "cost"]
    assert answer["data"]["preflight_uuid"] == answer["data"]["data"]["preflight_uuid"] == "uuid"
    assert answer["data"]["data"]["region"] == "ca"
    assert answer["data"]["data"]["navigator"] == {"userAgent": "agent"}
    assert (answer["success"], answer["cost"]) == (True, "12.00ms")


def test_a_refused_preflight_has_null_data_and_a_reason() -> None:
    answer = nocaptcha.preflight_refused(SitekeyUnknown("detail"), seconds=0.0)
    assert list(answer) == ["success", "data", "msg", "cost"]
    assert (answer["success"], answer["data"]) == (False, None)
    assert answer["msg"] == "验证失败：sitekey 未在本靶场注册（detail）"
