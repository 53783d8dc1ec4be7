"""The official test keys: constants that every hCaptcha integrator knows, with their constant tokens.

Single use and expiry do not apply to them. Source: spec/provider §5, hCaptcha's public documentation.
"""

import msgspec

DUMMY_SECRET = "0x" + "0" * 40
DUMMY_HOSTNAME = "dummy-key-pass"


class TestSite(msgspec.Struct, frozen=True):
    """One official test sitekey; `score` None is the publisher kind, else the Enterprise kind."""

    sitekey: str
    token: str
    score: int | None
    reasons: tuple[str, ...] = ()


_ALL = (
    TestSite("10000000-ffff-ffff-ffff-000000000001", "10000000-aaaa-bbbb-cccc-000000000001", None),
    TestSite("20000000-ffff-ffff-ffff-000000000002", "20000000-aaaa-bbbb-cccc-000000000002", 0, ("safe",)),
    TestSite("30000000-ffff-ffff-ffff-000000000003", "30000000-aaaa-bbbb-cccc-000000000003", 1, ("bot",)),
)

TEST_SITES = {site.sitekey: site for site in _ALL}
TEST_TOKENS = {site.token: site for site in _ALL}
