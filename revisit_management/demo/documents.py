# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from ..tools import windows
from .stage import Stage
from .story import DAYS, DEALERS, ZONE

ORDERS = 178
# how many of these are sold in the last days, so that today's queues are full
RECENT_ORDERS = 52
RECENT_DAYS = 12
RECENT_REPAIRS = 12
REPAIRS = 80
RETAIL_SALES = 20

# who fits and repairs, in turn
FITTERS = ("fitter", "fitter2")

INSTALLED = {
    "washer",
    "washer_dryer",
    "aircon_wall",
    "aircon_tower",
    "oven",
    "hood",
    "dishwasher",
    "heater",
}


class Documents(Stage):
    """The documents: orders, deliveries, installations, retail sales, repairs."""

    # ------------------------------------------------------------
    # ORDERS AND DELIVERIES
    # ------------------------------------------------------------

    def _sell(self, story):
        """Confirm the orders of the story and date them back, oldest first."""
        older = ORDERS - RECENT_ORDERS
        moments = self._get_moments(story, "order", older, DAYS, RECENT_DAYS)
        moments += self._get_moments(story, "order", RECENT_ORDERS, RECENT_DAYS, 1)
        products, customers = list(self._get_products()), self._get_customers()
        vals_list = []
        for count, _moment in enumerate(moments):
            rng = story.rng("basket", count)
            bought = rng.sample(products, 2 if rng.random() < 0.15 else 1)
            vals_list.append(
                {
                    "partner_id": customers[count * 7 % len(customers)].id,
                    "user_id": self._user("sales").id,
                    "order_line": [
                        (0, 0, {"product_id": product.id, "product_uom_qty": 1})
                        for product in bought
                    ],
                }
            )
        orders = self.env["sale.order"].create(vals_list)
        story.place("order", orders)
        orders.action_confirm()
        for order, moment in zip(orders, moments, strict=True):
            order.date_order = moment
        return orders

    def _deliver(self, story, orders):
        """Deliver most orders 1 to 4 days later; the newest are still under way."""
        end, dated = self._get_end(), {}
        for number, order in enumerate(orders):
            rng = story.rng("delivery", number)
            moment = order.date_order + timedelta(days=rng.randint(1, 4), hours=2)
            picking = order.picking_ids[:1]
            if picking and rng.random() < 0.96 and moment < end:
                dated[picking] = moment
        pickings = self.env["stock.picking"].concat(*dated)
        pickings.action_assign()
        pickings = pickings.filtered(lambda picking: picking.state == "assigned")
        pickings.move_ids.picked = True
        pickings._action_done()
        for picking in pickings:
            picking.date_done = dated[picking]
        for line in self._get_delivered(orders):
            line.filed_at = line.move_id.picking_id.date_done

    def _get_delivered(self, orders):
        """Return the products to be installed that the orders have delivered."""
        return self.env["revisit.archive.line"].search(
            [("move_id", "in", orders.picking_ids.move_ids.ids)], order="id"
        )

    def _install(self, story, orders):
        """Install what needs a fitter 1 or 2 days after the delivery."""
        fitted = {self._ref(f"product_{name}").id for name in INSTALLED}
        lines = self._get_delivered(orders)
        story.place("delivered", lines)
        for number, line in enumerate(lines):
            rng = story.rng("installation", number)
            day = windows.local_date(line.filed_at, ZONE)
            day += timedelta(days=rng.randint(1, 2))
            place = rng.choice(["Kitchen", "Bathroom", "Living room", "Balcony"])
            if line.product_id.id in fitted and day < self.today:
                fitter = FITTERS[number % len(FITTERS)]
                line.write(
                    {
                        "installed_on": day,
                        "installed_by_id": self._ref(f"employee_{fitter}").id,
                        "place": place,
                    }
                )

    def _sell_retail(self, story):
        """File what dealers sold in their shops: no order of ours stands behind it."""
        products = list(self._get_products())
        customers = self._get_customers().filtered("dealer_id")
        vals_list = []
        moments = self._get_moments(story, "retail", RETAIL_SALES, DAYS, 1)
        for number, moment in enumerate(moments):
            rng = story.rng("retail sale", number)
            customer = rng.choice(customers)
            day = windows.local_date(moment, ZONE)
            vals_list.append(
                {
                    "company_id": self.env.company.id,
                    "partner_id": customer.id,
                    "product_id": rng.choice(products).id,
                    "dealer_id": customer.dealer_id.id,
                    "sold_on": day,
                    "warranty_until": day + timedelta(days=365),
                    "serial_number": f"NL{rng.randint(10**7, 10**8 - 1)}",
                    "filed_at": moment,
                    "filed_by_id": self._get_dealer_user(customer.dealer_id).id,
                }
            )
        lines = self.env["revisit.archive.line"].create(vals_list)
        story.place("retail", lines)

    def _date_filings(self):
        """Let every product be known since it was filed, and since it was installed.

        Callbacks about what became known later would count for nobody.
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE revisit_trace trace SET at = line.installed_on + time '10:00'
              FROM revisit_archive_line line
             WHERE trace.res_model = 'revisit.archive.line'
               AND trace.res_id = line.id AND line.create_date >= %(now)s
               AND trace.field_name IN ('installed_on', 'installed_by_id');
            UPDATE revisit_archive_line SET create_date = filed_at
             WHERE create_date >= %(now)s
            """,
            {"now": self.env.cr.now()},
        )
        self.env.invalidate_all()

    def _get_dealer_user(self, dealer):
        return self.env["res.users"].search(
            [("partner_id", "child_of", dealer.id), ("share", "=", True)], limit=1
        )

    def _change_orders(self, orders):
        """Cancel three recent orders and move one: their callbacks follow."""
        waiting = orders.filtered(
            lambda order: "done" not in order.picking_ids.mapped("state")
        )
        waiting[:-2][::3][:3]._action_cancel()
        moved = waiting[-1:]
        if moved:
            moved.date_order = self._get_end() - timedelta(hours=6)

    # ------------------------------------------------------------
    # REPAIRS
    # ------------------------------------------------------------

    def _repair(self, story):
        """Repair installed products, most of them finished."""
        older = REPAIRS - RECENT_REPAIRS
        moments = self._get_moments(story, "repair", older, DAYS, RECENT_DAYS)
        moments += self._get_moments(story, "repair", RECENT_REPAIRS, RECENT_DAYS, 1)
        lines = self.env["revisit.archive.line"].search(
            [("product_id", "in", self._get_products().ids)], order="sold_on, id"
        )
        picking_type = self._get_warehouse().repair_type_id
        dealers = [self._ref(f"dealer_{code}") for code in DEALERS]
        dealers.append(self.env["res.partner"])
        vals_list = []
        for number, moment in enumerate(moments):
            day = windows.local_date(moment, ZONE)
            # customers of each dealer, and of no dealer, in turn, so that every dealer
            # has enough answers for a score
            dealer = dealers[number % len(dealers)]
            near = lines.filtered(lambda line, d=dealer: line.partner_id.dealer_id == d)
            owned = near.filtered(lambda line, d=day: line.sold_on < d)
            line = story.rng("repaired", number).choice(owned or near[:5])
            fitter = self._ref(f"employee_{FITTERS[number % len(FITTERS)]}")
            vals_list.append(
                {
                    **self._prepare_repair(line, moment, picking_type),
                    "technician_id": fitter.id,
                }
            )
        repairs = self.env["repair.order"].create(vals_list)
        story.place("repair", repairs)
        repairs._action_repair_confirm()
        repairs.action_repair_start()
        # three are still in the workshop
        done = repairs[:-3]
        done.action_repair_end()
        for repair, moment in zip(done, moments[:-3], strict=True):
            repair.revisit_done_at = moment

    def _prepare_repair(self, line, moment, picking_type):
        """Return the values of a repair of a sold product, due the day before."""
        return {
            "partner_id": line.partner_id.id,
            "product_id": line.product_id.id,
            "product_qty": 1,
            "user_id": self._user("service").id,
            "picking_type_id": picking_type.id,
            "schedule_date": moment - timedelta(days=1),
            "under_warranty": True,
        }

    def _date_foreign_documents(self, story, orders):
        """Give documents of Odoo's own demonstration their dates in the story.

        Does something only where they are loaded. Their own dates depend on the minute
        at which the database was made, and on the length of a month. Two of the repairs
        are finished.
        """
        end = self._get_end()
        foreign = self.env["sale.order"].search(
            [
                ("state", "=", "sale"),
                ("company_id", "=", self.env.company.id),
                ("id", "not in", orders.ids),
            ],
            order="id",
        )
        story.place("foreign order", foreign)
        for number, order in enumerate(foreign):
            order.date_order = end - timedelta(days=1 + number * 4 % 45, hours=-15)
        for days, xmlid in ((3, "repair.repair_r0"), (6, "repair.repair_r2")):
            repair = self.env.ref(xmlid, raise_if_not_found=False)
            if repair and repair.state == "draft":
                repair._action_repair_confirm()
                repair.action_repair_start()
                repair.action_repair_end()
                repair.revisit_done_at = end - timedelta(days=days, hours=-16)
