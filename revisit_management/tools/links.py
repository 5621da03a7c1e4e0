# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""The customer's key in the address of their page."""

import re

# a key that is signed for one purpose cannot be used for another
TIME_SCOPE = "revisit_management.callback_time"
ANSWER_SCOPE = "revisit_management.callback_answer"

TIME_PATH = "/revisit/time/"
ANSWER_PATH = "/revisit/answer/"

# our keys have about 90 characters
MAX_LINK = 200

# the key in an address, with characters that may surround it in HTML
_KEY = re.compile(r"(/revisit/(?:time|answer)/\d+)\?[^\s\"'<>]*access_token[^\s\"'<>]*")


def without_keys(text):
    """Return ``text`` without the keys in addresses of customers' pages.

    >>> without_keys("see https://x.cn/revisit/time/7?access_token=AQ-x_9, please")
    'see https://x.cn/revisit/time/7 please'
    >>> without_keys("https://x.cn/revisit/answer/7?access_token=AQ-x_9")
    'https://x.cn/revisit/answer/7'
    """
    return _KEY.sub(r"\1", text)
