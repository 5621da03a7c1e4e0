# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""A2: what came back is no installed product; warranty as the product says."""

from datetime import date, timedelta

from odoo import Command
from odoo.tests import Form, tagged

from .common import NOW, RevisitCommon

SOLD = date(2026, 3, 10)


@tagged("post_install", "-at_install")
class TestReturns(RevisitCommon):
    """Return pickings, whole and in part, with lots and without an origin."""

    def deliver(self, quantity=1, lots=None, product=None):
        """Deliver to the customer; return the picking and its installed products."""
        product = product or self.product
        order = self.make_order(
            order_line=[
                Command.create({"product_id": product.id, "product_uom_qty": quantity})
            ]
        )
        picking = order.picking_ids
        move = picking.move_ids
        if lots:
            move.move_line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "picking_id": picking.id,
                        "product_id": product.id,
                        "lot_id": lot.id,
                        "quantity": 1,
                    }
                )
                for lot in lots
            ]
        else:
            move.quantity = quantity
        move.picked = True
        picking._action_done()
        return picking, self.get_lines(picking)

    def get_lines(self, picking):
        return (
            self.env["revisit.archive.line"]
            .with_context(active_test=False)
            .search([("move_id", "in", picking.move_ids.ids)], order="id")
        )

    def give_back(self, picking, quantity, lots=None):
        """Return goods with Odoo's own dialog; return the picking."""
        form = Form(
            self.env["stock.return.picking"].with_context(
                active_id=picking.id, active_ids=picking.ids, active_model=picking._name
            )
        )
        wizard = form.save()
        wizard.product_return_moves.quantity = quantity
        returned = wizard._create_return()
        move = returned.move_ids
        if lots:
            move.move_line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "picking_id": returned.id,
                        "product_id": move.product_id.id,
                        "lot_id": lot.id,
                        "quantity": 1,
                    }
                )
                for lot in lots
            ]
        else:
            move.quantity = quantity
        move.picked = True
        returned._action_done()
        return returned

    def test_all_of_it(self):
        """A2, B8: the line is archived, and what was planned for it is cancelled."""
        sold = self.make_policy("sold")
        picking, line = self.deliver()
        self.plan()
        callback = self.get_planned(line, sold)
        self.assertEqual(callback.state, "planned")
        self.give_back(picking, 1)
        self.assertEqual((line.active, line.returned_on), (False, SOLD))
        self.plan()
        self.assertEqual(
            (callback.state, callback.cancel_reason), ("cancelled", "source")
        )

    def test_what_was_begun_stays(self):
        """B8: a callback that somebody has tried is not taken away."""
        sold = self.make_policy("sold", delay_min=0)
        picking, line = self.deliver()
        self.plan()
        callback = self.get_planned(line, sold)
        callback.user_id = self.agent
        callback.with_user(self.agent).action_log_attempt("no_answer")
        self.give_back(picking, 1)
        self.plan()
        self.assertNotEqual(callback.state, "cancelled")

    def test_part_of_it(self):
        """A2: the quantity goes down, piece by piece, to nothing."""
        picking, line = self.deliver(3)
        for back, left, active in ((1, 2, True), (1, 1, True), (1, 1, False)):
            self.give_back(picking, back)
            self.assertEqual((line.quantity, line.active), (left, active))

    def test_lots(self):
        """A2: of tracked goods, those that came back, and no others."""
        product = self.env["product.product"].create(
            {"name": "Boiler", "is_storable": True, "tracking": "serial"}
        )
        lots = self.env["stock.lot"].create(
            [{"name": f"B-{n}", "product_id": product.id} for n in range(3)]
        )
        picking, lines = self.deliver(3, lots, product)
        self.assertEqual(lines.lot_id, lots)
        self.give_back(picking, 1, lots[1])
        self.assertEqual(lines.filtered("active").lot_id, lots - lots[1])

    def test_repaired_and_sent_back(self):
        """A2: goods that go back to their owner are theirs again, as they were."""
        sold = self.make_policy("sold")
        picking, line = self.deliver(2)
        line.place = "Kitchen"
        self.plan()
        returned = self.give_back(picking, 2)
        self.plan()
        with self.at(NOW + timedelta(days=20)):
            again = self.give_back(returned, 1)
            self.plan()
        self.assertFalse(self.get_lines(again), "filed once")
        self.assertEqual((line.active, line.quantity), (True, 1))
        self.assertEqual((line.sold_on, line.returned_on), (SOLD, False))
        self.assertEqual(self.get_planned(line, sold).state, "planned", "revived")
        self.give_back(again, 1)
        self.assertFalse(line.active, "and back once more")

    def test_without_the_delivery(self):
        """A2: a receipt from the customer takes the newest of the same product."""
        _picking, line = self.deliver()
        older = self.make_archive_line(sold_on=SOLD - timedelta(days=900))
        others = self.make_archive_line(self.make_customer("Another"))
        place = self.env.ref("stock.stock_location_customers")
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        receipt = self.env["stock.picking"].create(
            {
                "partner_id": self.customer.id,
                "picking_type_id": warehouse.in_type_id.id,
                "location_id": place.id,
                "location_dest_id": warehouse.lot_stock_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 1,
                            "location_id": place.id,
                            "location_dest_id": warehouse.lot_stock_id.id,
                        }
                    )
                ],
            }
        )
        receipt.action_confirm()
        receipt.move_ids.write({"quantity": 1, "picked": True})
        receipt._action_done()
        self.assertEqual((line + older + others).mapped("active"), [False, True, True])

    def test_from_vendors(self):
        """A2: receipts from vendors touch nothing."""
        _picking, line = self.deliver()
        vendors = self.env.ref("stock.stock_location_suppliers")
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        receipt = self.env["stock.picking"].create(
            {
                "partner_id": self.customer.id,
                "picking_type_id": warehouse.in_type_id.id,
                "location_id": vendors.id,
                "location_dest_id": warehouse.lot_stock_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 1,
                            "location_id": vendors.id,
                            "location_dest_id": warehouse.lot_stock_id.id,
                        }
                    )
                ],
            }
        )
        receipt.action_confirm()
        receipt.move_ids.write({"quantity": 1, "picked": True})
        receipt._action_done()
        self.assertTrue(line.active)

    # ------------------------------------------------------------
    # WARRANTY
    # ------------------------------------------------------------

    def test_warranty_of_deliveries(self):
        """A2: product, then category, then company; consumables only if said."""
        category = self.env["product.category"].create({"name": "White Goods"})
        below = category.create({"name": "Fridges", "parent_id": category.id})
        product, template = self.product, self.product.product_tmpl_id
        product.categ_id = below
        for where, values, expected in (
            (self.company, {"revisit_warranty_months": 6}, date(2026, 9, 10)),
            (
                category,
                {"warranty_rule": "months", "warranty_months": 24},
                date(2028, 3, 10),
            ),
            (below, {"warranty_rule": "none"}, False),
            (
                template,
                {"warranty_rule": "months", "warranty_months": 3},
                date(2026, 6, 10),
            ),
            (template, {"warranty_rule": "none"}, False),
        ):
            where.write(values)
            _picking, line = self.deliver()
            self.assertEqual(line.warranty_until, expected, values)
            self.assertFalse(line.is_warranty_manual)

    def test_warranty_of_consumables_and_services(self):
        """A2: what is used up has none, unless somebody says so; services never."""
        filters = self.env["product.product"].create(
            {"name": "Filter", "type": "consu", "is_storable": False}
        )
        for rule, expected in (("default", False), ("months", date(2026, 4, 10))):
            filters.write({"warranty_rule": rule, "warranty_months": 1})
            _picking, line = self.deliver(product=filters)
            self.assertEqual(line.warranty_until, expected)
        self.service.write({"warranty_rule": "months", "warranty_months": 9})
        line = self.make_archive_line(product_id=self.service.id, sold_on=SOLD)
        self.assertFalse(line.warranty_until)

    def test_warranty_of_what_is_filed_by_hand(self):
        """A2: filled in where nothing is given; what is given stays."""
        automatic = self.make_archive_line(sold_on=SOLD)
        empty = self.make_archive_line(sold_on=SOLD, warranty_until=False)
        given = self.make_archive_line(sold_on=SOLD, warranty_until="2030-01-01")
        unsold = self.make_archive_line(sold_on=False)
        self.assertEqual(automatic.warranty_until, date(2027, 3, 10))
        self.assertEqual(empty.warranty_until, date(2027, 3, 10))
        self.assertEqual(given.warranty_until, date(2030, 1, 1))
        self.assertFalse(unsold.warranty_until)
        (automatic + given).sold_on = "2026-01-31"
        self.assertEqual(automatic.warranty_until, date(2027, 1, 31))
        self.assertEqual(given.warranty_until, date(2030, 1, 1))
        automatic.warranty_until = False
        automatic.sold_on = "2026-02-01"
        self.assertFalse(automatic.warranty_until, "taken away by hand")

    def test_warranty_in_the_form(self):
        """A2: the form shows the rule's date, and keeps what one enters."""
        form = Form(self.env["revisit.archive.line"])
        form.partner_id = self.customer
        form.product_id = self.product
        form.sold_on = SOLD
        self.assertEqual(form.warranty_until, date(2027, 3, 10))
        form.warranty_until = date(2029, 1, 1)
        form.sold_on = SOLD - timedelta(days=1)
        self.assertEqual(form.warranty_until, date(2029, 1, 1))
        line = form.save()
        self.assertEqual(line.warranty_until, date(2029, 1, 1))
        self.product.warranty_rule = "none"
        self.assertEqual(line.warranty_until, date(2029, 1, 1))
