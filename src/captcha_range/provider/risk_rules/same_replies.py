"""Another challenge of the site was answered with the very same reply, though the pictures differ.

The widget sends no motion, only the reply: a recording that is played back shows in that alone.
"""

from captcha_range.provider.risk import Evidence, Finding

WEIGHT_EACH = 0.4
HEAVIEST = 0.8


def same_replies(evidence: Evidence) -> Finding | None:
    count = evidence.passage.circumstances.same_replies
    if count == 0:
        return None
    weight = min(HEAVIEST, 1.0 - (1.0 - WEIGHT_EACH) ** count)
    return Finding("same-replies", weight, f"{count} other challenges had the very same reply")
