# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import fields, models

from ..tools import windows
from .revisit_demo import DAYS, ZONE

ORDERS = 138
# of these, sold in the last days, so that today's queues are full
RECENT_ORDERS = 52
RECENT_DAYS = 12
REPAIRS = 48
RETAIL_SALES = 14

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


class RevisitDemo(models.AbstractModel):
    """The documents: orders, deliveries, installations, retail sales, repairs."""

    _inherit = "revisit.demo"

    # ------------------------------------------------------------
    # ORDERS AND DELIVERIES
    # ------------------------------------------------------------

    def _sell(self, rng):
        """Confirm the orders of the quarter and date them back, oldest first."""
        moments = self._get_moments(rng, ORDERS - RECENT_ORDERS, DAYS, RECENT_DAYS)
        moments += self._get_moments(rng, RECENT_ORDERS, RECENT_DAYS, 1)
        products, customers = list(self._get_products()), self._get_customers()
        vals_list = []
        for count, _moment in enumerate(moments):
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
        orders.action_confirm()
        for order, moment in zip(orders, moments, strict=True):
            order.date_order = moment
        return orders

    def _deliver(self, rng, orders):
        """Deliver most orders 1 to 4 days later; the newest are still on their way."""
        now = fields.Datetime.now()
        dated = {}
        for order in orders:
            moment = order.date_order + timedelta(days=rng.randint(1, 4), hours=2)
            picking = order.picking_ids[:1]
            if picking and moment < now and rng.random() < 0.96:
                dated[picking] = moment
        pickings = self.env["stock.picking"].concat(*dated)
        pickings.action_assign()
        pickings = pickings.filtered(lambda picking: picking.state == "assigned")
        pickings.move_ids.picked = True
        pickings._action_done()
        for picking in pickings:
            picking.date_done = dated[picking]
        lines = self.env["revisit.archive.line"].search(
            [("move_id", "in", pickings.move_ids.ids)]
        )
        for line in lines:
            line.filed_at = line.move_id.picking_id.date_done

    def _install(self, rng):
        """Install what needs a fitter 1 or 2 days after the delivery."""
        products = self.env["product.product"].concat(
            *(self._ref(f"product_{name}") for name in sorted(INSTALLED))
        )
        today = self._get_today()
        for line in self.env["revisit.archive.line"].search(
            [("product_id", "in", products.ids), ("move_id", "!=", False)], order="id"
        ):
            day = windows.local_date(line.filed_at, ZONE)
            day += timedelta(days=rng.randint(1, 2))
            if day <= today:
                line.installed_on = day
                line.place = rng.choice(
                    ["Kitchen", "Bathroom", "Living room", "Balcony"]
                )

    def _sell_retail(self, rng):
        """File what dealers sold in their shops: no order of ours stands behind it."""
        products = list(self._get_products())
        customers = self._get_customers().filtered("dealer_id")
        vals_list = []
        for moment in self._get_moments(rng, RETAIL_SALES, DAYS, 1):
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
        self.env["revisit.archive.line"].create(vals_list)

    def _get_dealer_user(self, dealer):
        return self.env["res.users"].search(
            [("partner_id", "child_of", dealer.id), ("share", "=", True)], limit=1
        )

    def _change_orders(self, orders):
        """Cancel three fresh orders and move one: their callbacks follow."""
        waiting = orders.filtered(
            lambda order: "done" not in order.picking_ids.mapped("state")
        )
        waiting[:-2][::3][:3]._action_cancel()
        moved = waiting[-1:]
        if moved:
            moved.date_order = fields.Datetime.now() - timedelta(hours=20)

    # ------------------------------------------------------------
    # REPAIRS
    # ------------------------------------------------------------

    def _repair(self, rng):
        """Repair installed products, most of them finished."""
        recent = self._get_moments(rng, REPAIRS // 4, RECENT_DAYS, 1)
        moments = self._get_moments(rng, REPAIRS * 3 // 4, DAYS, RECENT_DAYS) + recent
        lines = self.env["revisit.archive.line"].search(
            [("product_id", "in", self._get_products().ids)], order="sold_on, id"
        )
        picking_type = self._get_warehouse().repair_type_id
        vals_list = []
        for moment in moments:
            day = windows.local_date(moment, ZONE)
            owned = lines.filtered(lambda line, d=day: line.sold_on < d)
            line = rng.choice(owned or lines[:5])
            vals_list.append(self._prepare_repair(line, moment, picking_type))
        repairs = self.env["repair.order"].create(vals_list)
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

    def _finish_foreign_repairs(self):
        """Finish two repairs of Odoo's own demonstration, where they are loaded."""
        for days, xmlid in ((3, "repair.repair_r0"), (6, "repair.repair_r2")):
            repair = self.env.ref(xmlid, raise_if_not_found=False)
            if repair and repair.state == "draft":
                repair._action_repair_confirm()
                repair.action_repair_start()
                repair.action_repair_end()
                repair.revisit_done_at = fields.Datetime.now() - timedelta(days=days)
