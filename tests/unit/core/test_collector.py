"""What was made at the start is spared; what is made later is still collected."""

import subprocess
import sys

PROGRAM = """
import gc
import weakref
from captcha_range.core.collector import spare_what_stays

class Knot:
    pass

def knot():
    made = Knot()
    made.itself = made
    return weakref.ref(made)

gc.disable()
early = knot()
spare_what_stays()
gc.enable()
late = knot()
for _ in range(40):
    held = [[] for _ in range(10_000)]
print(early() is not None, late() is None, gc.get_freeze_count() > 1_000)
"""


def test_what_is_made_later_is_still_collected() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "True"]
