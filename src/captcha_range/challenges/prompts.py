"""The questions, in English and Chinese. They stand in the page, never in the picture."""

from typing import Final

from captcha_range.challenges.family import Prompt
from captcha_range.challenges.sprites import ObjectClass

ODD_ONE_OUT: Final = Prompt(
    en="Please click on the UNIQUE object among the others",
    zh="请点击与众不同的物体",
)


def each_image_containing(wanted: ObjectClass) -> Prompt:
    """The question of a grid: every tile that shows the wanted class."""
    return Prompt(
        en=f"Please click each image containing {wanted.en.phrase}",
        zh=f"请点击每张包含{wanted.zh.label}的图片",
    )
