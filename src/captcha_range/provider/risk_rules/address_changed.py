"""The visitor's address at the answer differs from where the challenge was opened, or from the site's `remoteip`."""

from captcha_range.provider.risk import Evidence, Finding

ANOTHER_ADDRESS = 0.2
ANOTHER_REGION = 0.5


def address_changed(evidence: Evidence) -> Finding | None:
    opened, answered = evidence.passage.opening.loaded, evidence.passage.answered
    others = [("opened", opened.address, opened.region)]
    if evidence.remoteip is not None:
        others.append(("redeemed", evidence.remoteip, evidence.remote_region or ""))
    for step, _, region in others:
        if region != answered.region:
            return Finding("region-changed", ANOTHER_REGION, f"answered from {answered.region}, {step} from {region}")
    for step, address, _ in others:
        if step == "redeemed" and evidence.strictness != "high":
            continue
        if address != answered.address:
            return Finding("address-changed", ANOTHER_ADDRESS, f"answered from another address than {step}")
    return None
