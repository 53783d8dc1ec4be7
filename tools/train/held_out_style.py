"""A style that no network was shown: Twemoji, for evaluation only; never bundled and never trained on.

Its art is CC-BY-4.0 by Twitter, Inc and other contributors. Needs the group `pack` for rasterising.
"""

import hashlib
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Final

from captcha_range.challenges.sprites import PACK_FOLDER, Pack

PIN: Final = "@twemoji/svg@15.0.0"
SHA256: Final = "1d2907557a422c7c4e3feca50ef915c39da1db3d76b4a4d7e73fb59bce4403c3"
STYLE: Final = "twemoji"


def held_out_pack(folder: Path) -> Pack:
    """The classes of the pack, those that the style has, in that style alone; built in `folder` at the first call."""
    if not (folder / "manifest.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _build(folder)
    return Pack(folder)


def _build(folder: Path) -> None:
    # The rasteriser is needed here only.
    from tools.build_pack import cropped, from_svg, webp

    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), PIN]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    data = (folder / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ValueError(f"{PIN} is not the package that is pinned")
    manifest = json.loads((PACK_FOLDER / "manifest.json").read_bytes())
    blob, classes = bytearray(), []
    with tarfile.open(folder / name) as tarball:
        files = {Path(each).stem.replace("-fe0f", ""): each for each in tarball.getnames() if each.endswith(".svg")}
        for entry in manifest["classes"]:
            member = tarball.extractfile(files[entry["key"]]) if entry["key"] in files else None
            if member is not None:
                sprite = webp(cropped(from_svg(member.read().decode())))
                classes.append(entry | {"sprites": {STYLE: [len(blob), len(sprite)]}})
                blob += sprite
    (folder / f"{STYLE}.sprites").write_bytes(blob)
    (folder / "manifest.json").write_text(json.dumps(manifest | {"styles": [STYLE], "classes": classes}))
