# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Whether a picture is a signature: something drawn on an empty background.

Plain Python and Pillow, without a database.
"""

import io
import warnings

from PIL import Image, UnidentifiedImageError

FORMATS = ("PNG", "JPEG")
# pixels of an edge: a finger cannot write in less, and no pad is larger
SMALLEST, LARGEST = 40, 4000
# share of all pixels: a signature has more than the first; photographs or filled
# areas have more than the second
LEAST_INK, MOST_INK = 0.0005, 0.5
# how much darker than the background a drawn pixel is, out of 255
CONTRAST = 40
# pixels that a drawn line extends at least
LEAST_SPREAD = 15


def is_signature(content):
    """Return whether a picture, given as bytes, shows ink.

    >>> is_signature(b"")
    False
    """
    try:
        with warnings.catch_warnings():
            # refuse, instead of only warn about, pictures that would use up the memory
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                if not all(SMALLEST <= edge <= LARGEST for edge in image.size):
                    return False
                return _has_ink(_to_grey(image))
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        ValueError,
        SyntaxError,
    ):
        return False


def _to_grey(image):
    """Return the picture in shades of grey, with transparency as white."""
    coloured = image.convert("RGBA")
    ground = Image.new("RGBA", coloured.size, "white")
    return Image.alpha_composite(ground, coloured).convert("L")


def _has_ink(grey):
    histogram = grey.histogram()
    ground = max(range(256), key=histogram.__getitem__)
    inked = grey.point(lambda shade: 255 if abs(shade - ground) >= CONTRAST else 0)
    box = inked.getbbox()
    if not box:
        return False
    share = inked.histogram()[255] / (grey.width * grey.height)
    spread = max(box[2] - box[0], box[3] - box[1])
    return LEAST_INK <= share <= MOST_INK and spread >= LEAST_SPREAD
