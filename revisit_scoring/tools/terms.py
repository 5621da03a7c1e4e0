# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Lists of terms that runs, scores and schemes share."""

REJUDGE_LATER = object()

FROZEN_STATES = ("published", "closed")

STATES = [
    ("draft", "Draft"),
    ("computed", "Computed"),
    ("reviewed", "Reviewed"),
    ("published", "Published"),
    ("closed", "Closed"),
]

# Context value while a whole scheme is saved: an object that no client can send.
WHOLE = object()
