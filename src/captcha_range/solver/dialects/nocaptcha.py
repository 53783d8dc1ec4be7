"""nocaptcha's `universal` and `preflight` (seeds 001 and 000, spec/solver §1, §2): HTTP 200, messages in Chinese."""

import ipaddress
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from captcha_range.core.bodies import BodyInvalid, BodyTooLarge
from captcha_range.core.errors import RangeError
from captcha_range.core.sqlite import StoreUnavailable
from captcha_range.solver import errors
from captcha_range.solver.dialects.fields import PROXY_KINDS, Request, flag, text
from captcha_range.solver.errors import FieldInvalid
from captcha_range.solver.orders import Proxy, Solution, TokenOrder
from captcha_range.solver.provider_link import Preflight

Answer = dict[str, Any]

SUCCESS = "验证成功"
FAILURE = "验证失败"

ERRORS: dict[type[RangeError], str] = {
    errors.KeyUnknown: "User-Token 无效",
    errors.ScopeMissing: "User-Token 没有所需权限",
    errors.RateLimited: "请求过于频繁",
    errors.CallbackOutside: "回调地址不在本靶场网络内",
    errors.QueueFull: "任务过多，请稍后再试",
    errors.BalanceEmpty: "余额不足",
    errors.QuotaEmpty: "额度已用完",
    errors.Unsolvable: "未能通过验证",
    errors.TimedOut: "验证超时",
    errors.Lost: "任务丢失",
    errors.Crashed: "内部错误",
    errors.FamilyUnsupported: "不支持这种题型",
    errors.QuestionNotUnderstood: "无法识别问题",
    errors.ImageNotIssued: "图片不是由本靶场签发",
    errors.MethodUnknown: "没有这个接口",
    errors.TaskUnknown: "任务不存在",
    errors.TaskAbsent: "请求体必须是 JSON 对象",
    BodyInvalid: "请求体不完整",
    BodyTooLarge: "请求体过大",
    errors.TaskTypeUnknown: "不支持的任务类型",
    errors.FieldInvalid: "参数错误",
    errors.ProxyOutside: "代理不在本靶场网络内",
    errors.ProxyRefused: "代理拒绝连接",
    errors.ProxyConnectTimeout: "连接代理超时",
    errors.ProxyReadTimeout: "代理响应超时",
    errors.ProxyDenied: "代理无法到达目标",
    errors.ProxyNotUnderstood: "代理协议不符",
    errors.ProxyUnauthorised: "代理账号或密码错误",
    errors.SitekeyUnknown: "sitekey 未在本靶场注册",
    errors.TargetOutside: "referer 不属于该 sitekey 在本靶场注册的来源",
    errors.WidgetFailed: "验证组件加载失败",
    errors.Cancelled: "任务已取消",
    StoreUnavailable: "存储暂不可用，请稍后再试",
}
"""Error kind → what the message says of it; the English detail follows."""

DEFAULT_WAIT = 300.0
"""Seconds that a call may last when the client names no timeout of its own."""

_NUMBER = re.compile(r"\s*[0-9]{1,9}(\.[0-9]{0,9})?\s*", re.ASCII)
_BARE_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")


def parse_order(request: Request) -> TokenOrder:
    """The order in a universal request. FieldInvalid; unknown fields are ignored."""
    proxy = text(request, "proxy")
    return TokenOrder(
        sitekey=text(request, "sitekey", required=True),
        page_url=text(request, "referer", required=True),
        user_agent=text(request, "user_agent") or None,
        invisible=flag(request, "invisible"),
        rqdata=text(request, "rqdata") or None,
        region=text(request, "region").lower() or None,
        proxy=_proxy(proxy) if proxy else None,
        preflight=text(request, "preflight_uuid") or None,
    )


def parse_wait(request: Request) -> float:
    """Seconds until the answer must be given: a little before the client's own deadline. FieldInvalid."""
    value = request.get("timeout")
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if value is None or value == "":
        return DEFAULT_WAIT
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise FieldInvalid("timeout: must be a number of seconds above 0, such as 30")
    return value * 0.9 if value < DEFAULT_WAIT else DEFAULT_WAIT


def solved(solution: Solution, *, need_ekey: bool, request_id: str, seconds: float) -> Answer:
    """The answer for a token."""
    data = {"generated_pass_UUID": solution.token, "user_agent": solution.user_agent}
    if need_ekey:
        data["ekey"] = solution.response_key
    return {"cost": _cost(seconds), "data": data, "id": request_id, "msg": SUCCESS, "status": 1}


def error_answer(error: RangeError, *, request_id: str, seconds: float) -> Answer:
    """The answer for a failure: `data` is null, because the public client looks at nothing else."""
    return {"cost": _cost(seconds), "data": None, "id": request_id, "msg": _message(error), "status": 0}


def preflight_agreed(agreed: Preflight, *, seconds: float) -> Answer:
    """The preflight's answer, its UUID in both places where the document shows it."""
    inner = {
        "preflight_uuid": agreed.preflight,
        "region": agreed.region,
        "navigator": {"userAgent": agreed.user_agent},
    }
    return {
        "success": True,
        "data": {"preflight_uuid": agreed.preflight, "data": inner},
        "cost": _cost(seconds),
    }


def preflight_refused(error: RangeError, *, seconds: float) -> Answer:
    return {"success": False, "data": None, "msg": _message(error), "cost": _cost(seconds)}


def _message(error: RangeError) -> str:
    return f"{FAILURE}：{ERRORS[type(error)]}（{error}）"


def _cost(seconds: float) -> str:
    return f"{seconds * 1_000:.2f}ms"


def _proxy(given: str) -> Proxy:
    """`ip:port`, `usr:pwd@ip:port`, alone or behind http:// or socks5://; user and password may be percent-encoded."""
    wanted = "proxy: must be ip:port or usr:pwd@ip:port of a proxy inside the range, socks5:// before it for SOCKS5"
    try:
        parts = urlsplit(given if "://" in given else f"http://{given}")
        host, port = parts.hostname or "", parts.port
        ipaddress.ip_address(host)
    except ValueError:
        raise FieldInvalid(wanted) from None
    kind = PROXY_KINDS.get(parts.scheme)
    # urlsplit drops tabs and line ends, so that what it read would not be what was sent.
    if kind is None or port is None or not given.isprintable():
        raise FieldInvalid(wanted)
    return Proxy(host, port, _decoded(parts.username), _decoded(parts.password), kind)


def _decoded(part: str | None) -> str:
    """A user or password without its percent-encoding (RFC 3986 §2.1). FieldInvalid."""
    if _BARE_PERCENT.search(part or ""):
        raise FieldInvalid("proxy: a % in the login must begin an encoded byte, as %40 for @; write %25 for % itself")
    return unquote(part or "")
