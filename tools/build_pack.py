"""Build the asset pack: pinned npm packages in, one archive of WebP sprites per style and a manifest out.

Maintainers run it with `uv run --group pack python tools/build_pack.py`. What is in the pack is decided
by `pack_classes.csv` and `pack_confusable.txt` beside this file; the same inputs give the same bytes.
"""

import csv
import hashlib
import io
import itertools
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The group `pack` is not installed where the types are checked.
import resvg_py  # type: ignore[import-not-found, unused-ignore]
from PIL import Image  # type: ignore[import-not-found, unused-ignore]

TOOLS = Path(__file__).resolve().parent
PACK = TOOLS.parent / "src/captcha_range/challenges/pack"
SIDE = 128
WEBP = {"quality": 82, "method": 6, "alpha_quality": 90}


@dataclass(frozen=True)
class Source:
    """One npm package: what it is used for, its pin, and under which terms."""

    use: str
    package: str
    version: str
    sha256: str
    licence: str
    notice: str

    def file(self, tarball: tarfile.TarFile, path: str) -> bytes:
        """The bytes of one file of the package."""
        member = tarball.extractfile(f"package/{path}")
        if member is None:
            raise FileNotFoundError(path)
        return member.read()


SOURCES = (
    Source(
        "flat",
        "@iconify-json/fluent-emoji-flat",
        "1.2.6",
        "7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175",
        "MIT",
        "licences/MIT-Microsoft.txt",
    ),
    Source(
        "3d",
        "@lobehub/fluent-emoji-3d",
        "1.1.0",
        "c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58",
        "MIT",
        "licences/MIT-Microsoft.txt",
    ),
    Source(
        "noto",
        "@iconify-json/noto",
        "1.2.9",
        "3e918d88fc945c0bb3d468dbace6f88caef67f01c9f0e7bcae0915a042e8f1ad",
        "Apache-2.0",
        "licences/Apache-2.0.txt",
    ),
    Source(
        "labels",
        "emojibase-data",
        "17.0.0",
        "d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a",
        "MIT",
        "licences/MIT-emojibase.txt",
    ),
    Source(
        "aliases",
        "cldr-annotations-full",
        "48.2.0",
        "28576e51225deb51e3ddd734b0f824a0079682cb5d8c27faa9f68149317a14d1",
        "Unicode-3.0",
        "licences/Unicode-3.0.txt",
    ),
)
STYLES = ("flat", "3d", "noto")
FLAGS = {"upright": "u", "countable": "c", "hue_safe": "h"}
FLAG_MEANINGS = {
    "upright": "has an up: a person can say whether it stands upright",
    "countable": "the sprite shows exactly one of it",
    "hue_safe": "may be recoloured freely and stays what it is",
    "confusable_with": "keys of classes that a person could mistake it for; never both in one question",
    "stand_ins": "by style whose drawing a person could take for something else: the style shown instead",
}


class Labels:
    """The taxonomy and the names of emojibase and CLDR, by code point key."""

    def __init__(self, emojibase: dict[str, Any], meta: dict[str, Any], cldr: dict[str, Any]) -> None:
        self._rows = {locale: {normal(row["hexcode"]): row for row in rows} for locale, rows in emojibase.items()}
        self._meta = meta
        self._cldr = cldr["annotations"]["annotations"]

    def label(self, locale: str, key: str) -> str:
        """The name that emojibase gives the key in `locale`."""
        return str(self._rows[locale][key]["label"])

    def group(self, key: str) -> str:
        """For instance `animals-nature`."""
        return str(self._meta["groups"][str(self._rows["en"][key]["group"])])

    def subgroup(self, key: str) -> str:
        """For instance `animal-mammal`."""
        return str(self._meta["subgroups"][str(self._rows["en"][key]["subgroup"])])

    def keywords(self, key: str) -> list[str]:
        """CLDR's Chinese keywords."""
        text = "".join(chr(int(part, 16)) for part in key.split("-"))
        return [str(word) for word in self._cldr.get(text, {}).get("default", [])]


class Drawings:
    """The pictures of the three styles, by code point key."""

    def __init__(self, tarballs: dict[str, tarfile.TarFile]) -> None:
        self._icons: dict[str, dict[str, Any]] = {}
        self._names: dict[str, dict[str, str]] = {}
        for source in SOURCES[:3]:
            if source.use == "3d":
                continue
            tarball = tarballs[source.use]
            self._icons[source.use] = json.loads(source.file(tarball, "icons.json"))
            chars = json.loads(source.file(tarball, "chars.json"))
            self._names[source.use] = {normal(key): name for key, name in chars.items()}
        self._solid = tarballs["3d"]
        paths = (Path(name) for name in self._solid.getnames() if name.endswith(".webp"))
        self._paths = {normal(path.stem): str(path) for path in paths}

    def image(self, style: str, key: str) -> Image.Image:
        """RGBA, at most SIDE pixels on each side, cut to what is visible."""
        full = self._solid_image(key) if style == "3d" else self._vector_image(style, key)
        return cropped(full)

    def _solid_image(self, key: str) -> Image.Image:
        member = self._solid.extractfile(self._paths[key])
        if member is None:
            raise FileNotFoundError(key)
        with Image.open(io.BytesIO(member.read())) as image:
            return image.convert("RGBA").resize((SIDE, SIDE), Image.Resampling.LANCZOS)

    def _vector_image(self, style: str, key: str) -> Image.Image:
        return from_svg(self._svg(style, key))

    def _svg(self, style: str, key: str) -> str:
        icons = self._icons[style]
        name = self._names[style][key]
        name = icons.get("aliases", {}).get(name, {}).get("parent", name)
        icon = icons["icons"][name]
        width, height = (icon.get(side, icons.get(side, 16)) for side in ("width", "height"))
        box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
        spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        return f'<svg {spaces} viewBox="{box}">{icon["body"]}</svg>'


def from_svg(svg: str) -> Image.Image:
    """RGBA, SIDE pixels on each side."""
    png = resvg_py.svg_to_bytes(svg_string=svg, width=SIDE, height=SIDE, skip_system_fonts=True)
    with Image.open(io.BytesIO(png)) as image:
        return image.convert("RGBA")


def cropped(full: Image.Image) -> Image.Image:
    """Cut to what is visible; ValueError if nothing is."""
    box = full.getchannel("A").point(lambda alpha: 255 if alpha > 8 else 0).getbbox()
    if box is None:
        raise ValueError("the picture is empty")
    return full.crop(box)


def normal(key: str) -> str:
    """A code point key without the variation selector, in lower case."""
    return key.lower().replace("-fe0f", "")


def plural_of(name: str) -> str:
    """The regular English plural."""
    if name.endswith(("s", "x", "ch", "sh")):
        return name + "es"
    if name.endswith("y") and name[-2] not in "aeiou":
        return name[:-1] + "ies"
    return name + "s"


def phrase_of(name: str, article: str) -> str:
    """The name as it stands in a sentence: `an owl`, `a T-shirt`, or bare when `article` is `-`."""
    if article == "-":
        return name
    return f"{article or ('an' if name[0].lower() in 'aeiou' else 'a')} {name}"


def unpacked(folder: Path) -> dict[str, tarfile.TarFile]:
    """The sources, downloaded into `folder` and checked against their pins."""
    tarballs = {}
    for source in SOURCES:
        pin = f"{source.package}@{source.version}"
        print(f"fetching {pin}")
        command = ["npm", "pack", "--silent", "--pack-destination", str(folder), pin]
        name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        data = (folder / name).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if digest != source.sha256:
            raise ValueError(f"{pin}: sha256 {digest}, pinned {source.sha256}")
        tarballs[source.use] = tarfile.open(fileobj=io.BytesIO(data))  # noqa: SIM115 -- read to the end
    return tarballs


def read_labels(tarballs: dict[str, tarfile.TarFile]) -> Labels:
    """Names and taxonomy from the two label packages."""
    base, cldr = SOURCES[3], SOURCES[4]
    locales = ("en", "zh", "zh-hant")
    rows = {place: json.loads(base.file(tarballs["labels"], f"{place}/data.json")) for place in locales}
    meta = json.loads(base.file(tarballs["labels"], "meta/groups.json"))
    return Labels(rows, meta, json.loads(cldr.file(tarballs["aliases"], "annotations/zh/annotations.json")))


def read_rows() -> list[dict[str, str]]:
    """The curated classes."""
    with (TOOLS / "pack_classes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_confusable(keys: dict[str, str]) -> dict[str, set[str]]:
    """Per key the keys of its look-alikes; `keys` maps names to keys."""
    confusable: dict[str, set[str]] = {key: set() for key in keys.values()}
    for line in (TOOLS / "pack_confusable.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        for one, other in itertools.permutations([keys[name] for name in line.split("; ")], 2):
            confusable[one].add(other)
    return confusable


def candidate_aliases(row: dict[str, str], labels: Labels) -> dict[str, list[str]]:
    """Other names of one class, per language, before names that mean two classes are dropped."""
    key, zh = row["key"], row["zh"]
    english = [alias for alias in row["aliases"].split(";") if alias]
    chinese = [labels.label("zh", key), labels.label("zh-hant", key)]
    # CLDR's keywords also hold mere associations; one that shares a character with the name is a name.
    chinese += [word for word in labels.keywords(key) if len(word) > 1 and set(word) & set(zh)]
    return {"en": [*english, labels.label("en", key)], "zh": chinese}


def unambiguous(candidates: list[list[str]], names: list[str]) -> list[list[str]]:
    """Per class its aliases, without repeats and without any that names another class too."""
    owners: dict[str, set[int]] = {}
    for number, (name, aliases) in enumerate(zip(names, candidates, strict=True)):
        for word in [name, *aliases]:
            owners.setdefault(word.casefold(), set()).add(number)
    kept = []
    for name, aliases in zip(names, candidates, strict=True):
        seen = {name.casefold(): name}
        for alias in aliases:
            if len(owners[alias.casefold()]) == 1:
                seen.setdefault(alias.casefold(), alias)
        kept.append(list(seen.values())[1:])
    return kept


def class_entries(rows: list[dict[str, str]], labels: Labels) -> list[dict[str, Any]]:
    """The manifest's classes, still without their sprites."""
    confusable = read_confusable({row["name"]: row["key"] for row in rows})
    candidates = [candidate_aliases(row, labels) for row in rows]
    english = unambiguous([found["en"] for found in candidates], [row["name"] for row in rows])
    chinese = unambiguous([found["zh"] for found in candidates], [row["zh"] for row in rows])
    return [
        {
            "key": row["key"],
            "group": labels.group(row["key"]),
            "subgroup": labels.subgroup(row["key"]),
            "en": {
                "singular": row["name"],
                "plural": row["plural"] or plural_of(row["name"]),
                "phrase": phrase_of(row["name"], row["article"]),
                "aliases": english[number],
            },
            "zh": {"label": row["zh"], "aliases": chinese[number]},
            **{flag: letter in row["flags"] for flag, letter in FLAGS.items()},
            "confusable_with": sorted(confusable[row["key"]]),
            "stand_ins": dict(each.split("=") for each in row["stand_ins"].split(";") if each),
        }
        for number, row in enumerate(rows)
    ]


def webp(image: Image.Image) -> bytes:
    """The sprite as WebP with alpha."""
    out = io.BytesIO()
    image.save(out, "WEBP", **WEBP)
    return out.getvalue()


def write_archives(entries: list[dict[str, Any]], drawings: Drawings) -> None:
    """One file per style: the WebP files one after another; each class gets its offsets and sizes."""
    for style in STYLES:
        blob = bytearray()
        for entry in entries:
            sprite = webp(drawings.image(style, entry["key"]))
            entry.setdefault("sprites", {})[style] = [len(blob), len(sprite)]
            blob += sprite
        (PACK / f"{style}.sprites").write_bytes(blob)


def write_notices(tarballs: dict[str, tarfile.TarFile]) -> None:
    """The licence texts that the packages carry; those they lack are kept in the pack by hand."""
    for source in SOURCES[3:]:
        (PACK / source.notice).write_bytes(source.file(tarballs[source.use], "LICENSE"))
    lines = ["# Where the pack's pictures and words come from", ""]
    lines += [f"* {one.use}: {one.package} {one.version}, {one.licence}, {one.notice}" for one in SOURCES]
    lines += [
        "",
        "The pictures were rasterised, cut to their visible part and re-encoded; the words were selected.",
        "Fluent Emoji (flat, 3d) are by Microsoft Corporation, packaged by Iconify and LobeHub.",
        "Noto Emoji (noto) is by Google Inc, packaged by Iconify.",
        "emojibase-data is by Miles Johnson; CLDR annotations are by Unicode, Inc.",
    ]
    (PACK / "licences/ATTRIBUTION.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_manifest(entries: list[dict[str, Any]]) -> None:
    """The manifest: what each file holds, where it comes from, and what is known of each class."""
    paths = sorted(path for path in PACK.rglob("*") if path.is_file() and path.name != "manifest.json")
    manifest = {
        "about": "Sprites by style: `<style>.sprites` is a run of WebP files; `sprites` of a class gives "
        "[offset, bytes] of its own. Names are unambiguous: no alias means two classes.",
        "flags": FLAG_MEANINGS,
        "side": SIDE,
        "styles": list(STYLES),
        "sources": [
            {
                "use": source.use,
                "package": source.package,
                "version": source.version,
                "tarball_sha256": source.sha256,
                "licence": source.licence,
                "notice": source.notice,
            }
            for source in SOURCES
        ],
        "files": {path.relative_to(PACK).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths},
    }
    head = json.dumps(manifest, ensure_ascii=False, indent=1).removesuffix("\n}")
    # One class a line: a change of one class is one line of a diff.
    body = ",\n".join("  " + json.dumps(entry, ensure_ascii=False) for entry in entries)
    text = f'{head},\n "classes": [\n{body}\n ]\n}}\n'
    (PACK / "manifest.json").write_text(text, encoding="utf-8")


def main() -> int:
    """Build everything and say how large it came out."""
    (PACK / "licences").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        tarballs = unpacked(Path(folder))
        entries = class_entries(read_rows(), read_labels(tarballs))
        write_archives(entries, Drawings(tarballs))
        write_notices(tarballs)
        write_manifest(entries)
    size = sum(path.stat().st_size for path in PACK.rglob("*") if path.is_file())
    print(f"{len(entries)} classes, {size / 1e6:.2f} MB in {PACK.name}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
