"""The visitor's address is that of the connection, whatever the visitor says."""

from captcha_range.core.regions import DEFAULT_REGIONS, Regions
from captcha_range.http_call import call
from tests.contract.running_range import RunningRange


def test_a_forwarded_for_header_does_not_move_a_visitor_to_another_region(running_range: RunningRange) -> None:
    """The answer claims a region that the challenge was not opened from; believed, the score would say so."""
    launched = running_range.launched
    site = launched.provider.add_site(["http://moved.localhost"], enterprise=True, families=["odd_one_out"])
    sitekey, elsewhere = site["site"]["sitekey"], Regions(DEFAULT_REGIONS).source_address("hk")
    assert elsewhere is not None
    opened = call(
        "POST", f"{running_range.provider_url}/getcaptcha/{sitekey}", json={"origin": "http://moved.localhost"}
    ).json()
    (record,) = launched.provider.challenges(sitekey)
    target = record["answer"]["targets"][0]
    reply = {"points": [[target["x"] + target["width"] / 2, target["y"] + target["height"] / 2]]}
    earned = call(
        "POST",
        f"{running_range.provider_url}/checkcaptcha/{sitekey}/{opened['challenge']}",
        json={"reply": reply},
        headers={"X-Forwarded-For": elsewhere},
    ).json()
    form = {"secret": site["secret"], "response": earned["token"]}
    verdict = call("POST", f"{running_range.provider_url}/siteverify", form=form).json()
    assert verdict["success"] is True
    assert "region-changed" not in verdict["score_reason"]
