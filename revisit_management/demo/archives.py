# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from .stage import Stage

STREETS = ("Renmin Road 人民路", "Jiefang Road 解放路", "Zhongshan Road 中山路")
# of a hundred: customers whose street is known, products whose number is, sales late
STREET, NUMBER, LATE = 85, 80, 8


class Archives(Stage):
    """What customers' archives hold: most are complete, some were filed too late."""

    def _fill_archives(self, story):
        """Fill in streets and serial numbers, but not all, and file some sales late."""
        for number, customer in enumerate(self._get_customers()):
            rng = story.rng("archive", number)
            if rng.randrange(100) < STREET:
                house = rng.randint(1, 300)
                customer.street = f"{house} {rng.choice(STREETS)}"
        lines = self.env["revisit.archive.line"].search(
            [("product_id", "in", self._get_products().ids)], order="sold_on, id"
        )
        for number, line in enumerate(lines.filtered("move_id")):
            rng = story.rng("serial number", number)
            if rng.randrange(100) < NUMBER:
                line.serial_number = f"NL{rng.randint(10**7, 10**8 - 1)}"
        for number, line in enumerate(lines - lines.filtered("move_id")):
            moment = line.filed_at + timedelta(hours=26)
            is_late = story.rng("filed late", number).randrange(100) < LATE
            if is_late and moment < self._get_end():
                line.filed_at = moment
