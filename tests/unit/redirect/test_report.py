"""The report names each verdict with the journal's reason, and every host that was asked for."""

from captcha_range.redirect.mapping import Kind
from captcha_range.redirect.report import report
from captcha_range.redirect.sightings import Sightings, Verification


def test_a_refusal_has_the_reason_that_the_journal_has_for_its_token() -> None:
    sightings = Sightings()
    sightings.answered[Kind.SITEVERIFY] = 3
    sightings.verifications += [
        Verification("aa", 200, {"success": True, "hostname": "shop.localhost", "score": 0.1}),
        Verification("aa", 200, {"success": False, "error-codes": ["already-seen-response"]}),
        Verification("bb", 200, {"success": False, "error-codes": ["expired-input-response"]}),
    ]
    journal = [
        {"subject": "aa", "facts": {}},
        {"subject": "bb", "facts": {"why": "130.0 s old; it lived 120 s"}},
        {"subject": "aa", "facts": {"why": "verified before, 0.1 s ago"}},
    ]
    text = report(sightings, journal)
    assert "1 × siteverify accepted for shop.localhost, score 0.1\n" in text
    assert "refused with already-seen-response: verified before, 0.1 s ago" in text
    assert "refused with expired-input-response: 130.0 s old; it lived 120 s" in text
    assert "nothing else tried to leave through the proxy" in text


def test_answers_without_a_verdict_are_told_as_they_were() -> None:
    sightings = Sightings()
    sightings.verifications += [Verification(None, 503, None), Verification(None, 200, {})] * 2
    text = report(sightings, [])
    assert "2 × siteverify got HTTP 503 and no verdict" in text
    assert "2 × siteverify got HTTP 200 and no verdict" in text


def test_hosts_are_listed_by_how_often_and_not_without_end() -> None:
    sightings = Sightings()
    sightings.passed.update({f"host{number}.example:443": number for number in range(1, 31)})
    sightings.refused["other.example:443"] = 1
    sightings.unknown["GET accounts.hcaptcha.com/login"] = 1
    text = report(sightings, [])
    assert "30 × host30.example:443" in text
    assert "host10.example" not in text
    assert "and 10 more" in text
    assert "1 × other.example:443" in text
    assert "1 × GET accounts.hcaptcha.com/login" in text
    assert "nothing else" not in text
