"""The visitor's address at the answer differs from where the challenge was opened, or from the site's `remoteip`."""

from captcha_range.provider.networks import network_of
from captcha_range.provider.risk import Evidence, Finding

ANOTHER_ADDRESS = 0.1
"""In the same /24 or /48: as likely the next lease of one household as another visitor."""
ANOTHER_NETWORK = 0.2
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
        if network_of(address) != network_of(answered.address):
            return Finding("address-changed", ANOTHER_NETWORK, f"answered from another network than {step}")
    for step, address, _ in others:
        if address != answered.address and not (step == "redeemed" and evidence.strictness == "low"):
            return Finding("address-changed", ANOTHER_ADDRESS, f"answered from another address than {step}")
    return None
