# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Pictures that are small as files, and huge once somebody opens them."""

import io
import warnings

from PIL import Image

# as many as Odoo opens
PIXELS = 50_000_000


def is_bomb(content):
    """Return whether the bytes of a file are a picture that would fill the memory.

    >>> is_bomb(b"no picture")
    False
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as image:
                width, height = image.size
    except Image.DecompressionBombError:
        return True
    except (OSError, ValueError, SyntaxError):
        return False  # no picture, or none that anybody could open
    return width * height > PIXELS
