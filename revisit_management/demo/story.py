# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Constants and random numbers of the demonstration; quarter.py runs it."""

from collections import namedtuple
from random import Random

SEED = 20260101
ZONE = "Asia/Shanghai"
# the hour from which customers are at home
EVENING = 17
# two quarters, so that on any day the last whole quarter lies completely within them
DAYS = 186
DONE_MARK = "revisit_management.demo_loaded_on"

# How people work: shares of callbacks made on time and late (the rest is never
# made), how they treat customers, and what dealers' customers answer: they do not
# tell headquarters the same as the dealer.
Agent = namedtuple("Agent", "on_time late attitude")
Dealer = namedtuple("Dealer", "on_time late attitude told_dealer told_hq")
AGENTS = {
    "agent": Agent(0.97, 0.02, 95),
    "agent2": Agent(0.90, 0.07, 90),
    "agent3": Agent(0.95, 0.04, 93),
    "agent4": Agent(0.76, 0.17, 80),
    "region": Agent(0.85, 0.10, 88),
}
DEALERS = {
    "evergreen": Dealer(0.94, 0.04, 94, 95, 93),
    "harbour": Dealer(0.82, 0.11, 88, 92, 84),
    "brightway": Dealer(0.58, 0.18, 78, 93, 67),
}


class Story:
    """Numbers the documents of the story, and gives each its own random numbers.

    Random values for a document depend only on the seed, on what is drawn and on the
    document's place in the story. With one generator for all, each document that is
    added or left out would change everything drawn after it, and the demonstration
    would be different at every minute.
    """

    def __init__(self):
        self._places = {}

    def place(self, kind, records):
        """Number ``records`` as the documents of one kind, in their order."""
        for number, record in enumerate(records):
            self._places[record._name, record.id] = f"{kind} {number}"

    def rng(self, act, *position):
        """Return the generator for one act at one position of the story."""
        return Random(repr((SEED, act, *position)))

    def rng_of(self, act, callback):
        """Return the generator for what happens to one callback."""
        source = (callback.source_model, callback.source_id)
        place = self._places.get(source, callback.source_name)
        return self.rng(act, callback.policy_id.code or callback.policy_id.name, place)
