# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import RevisitCommon


@tagged("post_install", "-at_install")
class TestForeignLinks(RevisitCommon):
    """K3: contacts, products and people of another company stay there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_company()
        theirs = {"company_id": cls.other.id}
        product = cls.env["product.product"].create({"name": "Secret", **theirs})
        cls.theirs = {
            "res.partner": cls.make_customer("Secret", phone="13912345678", **theirs),
            "product.product": product,
            "product.template": product.product_tmpl_id,
            "hr.employee": cls.env["hr.employee"].create({"name": "Secret", **theirs}),
            "hr.department": cls.env["hr.department"].create(
                {"name": "Secret", **theirs}
            ),
            "stock.lot": cls.env["stock.lot"].create(
                {"name": "Secret", "product_id": product.id, **theirs}
            ),
            "res.company": cls.other,
        }
        cls.records = {
            record._name: record
            for record in (
                cls.make_callback(user_id=cls.agent.id),
                cls.make_issue(owner_id=cls.agent.id),
                cls.make_archive_line(filed_by_id=cls.agent.id),
                cls.env["revisit.occasion"].create(
                    {"kind": "birthday", "partner_id": cls.customer.id}
                ),
                cls.team,
                cls.make_policy(),
                cls.make_category(),
            )
        }

    def get_links(self, model):
        """Return the fields of a model, by name, that link records of a company."""
        return {
            name: field
            for name, field in self.env[model]._fields.items()
            if field.type in ("many2one", "many2many")
            and field.store
            and not field.related
            and not name.startswith(("create_", "write_"))
            and field.comodel_name in self.theirs
        }

    def test_no_model_links_another_companys_records(self):
        """K3: by whichever role and field, changed or new, as an id or a command."""
        checked = set()
        for model in sorted(self.env.registry):
            if not model.startswith("revisit.") or self.env[model]._abstract:
                continue
            for user in (self.agent, self.manager):
                records = self.env[model].with_user(user)
                if not records.has_access("create"):
                    continue
                for name, field in self.get_links(model).items():
                    theirs = self.theirs[field.comodel_name]
                    value = (
                        theirs.id
                        if field.type == "many2one"
                        else [Command.link(theirs.id)]
                    )
                    with self.subTest(model=model, field=name, user=user.login):
                        checked.add((model, name))
                        found = records._revisit_get_hidden_links([{name: value}])
                        self.assertEqual(found, {name})
        for name in ("partner_id", "product_id", "dealer_id"):
            for model in ("revisit.issue", "revisit.archive.line", "revisit.occasion"):
                self.assertIn((model, name), checked)
        self.assertIn(("revisit.callback", "partner_id"), checked)
        self.assertIn(("revisit.team", "dealer_id"), checked)

    def test_odoos_models_link_no_other_companys_records_by_our_fields(self):
        """K3: dealers of orders, deliveries, repairs and contacts."""
        for model in ("sale.order", "stock.picking", "repair.order", "res.partner"):
            records = self.env[model].with_user(self.manager)
            for name in ("dealer_id", "estate_id", "technician_id"):
                field = records._fields.get(name)
                if field is None:
                    continue
                theirs = self.theirs[field.comodel_name]
                with self.subTest(model=model, field=name):
                    found = records._revisit_get_hidden_links([{name: theirs.id}])
                    self.assertEqual(found, {name})
                    self.assertFalse(records._revisit_get_hidden_links([{name: False}]))
        order = self.make_order()
        self.manager.group_ids += self.env.ref("sales_team.group_sale_manager")
        theirs = self.theirs["res.partner"]
        self.assertRaises(
            AccessError,
            order.with_user(self.manager).write,
            {"dealer_id": theirs.id},
        )
        defaulted = self.env["sale.order"].with_user(self.manager)
        defaulted = defaulted.with_context(default_dealer_id=theirs.id)
        self.assertNotIn("dealer_id", defaulted.default_get(["dealer_id"]))
        spec = {"dealer_id": {"fields": {"display_name": {}}}}
        self.assertRaises(
            AccessError,
            order.with_user(self.manager).onchange,
            {"dealer_id": theirs.id},
            ["dealer_id"],
            spec,
        )

    def test_linking_is_refused_and_changes_nothing(self):
        """K3: the record stays with its own customer and product."""
        for model, record in self.records.items():
            for user in (self.agent, self.manager):
                mine = record.with_user(user)
                if not mine.has_access("write"):
                    continue
                for name, field in self.get_links(model).items():
                    theirs = self.theirs[field.comodel_name]
                    if field.type != "many2one":
                        continue
                    with self.subTest(model=model, field=name, user=user.login):
                        before = record[name]
                        self.assertRaises(AccessError, mine.write, {name: theirs.id})
                        self.assertEqual(record[name], before)

    def test_people_of_another_company_do_no_work_of_ours(self):
        """K3: neither as a unit's clerk, nor as who has called."""
        user = self.make_user(
            "revisit_elsewhere",
            "revisit_management.group_agent",
            company_id=self.other.id,
            company_ids=self.other.ids,
        )
        callback = self.records["revisit.callback"]
        for model, step, vals in (
            (self.team, "write", {"clerk_id": user.id}),
            (
                self.env["revisit.attempt"],
                "create",
                {"callback_id": callback.id, "outcome": "busy", "user_id": user.id},
            ),
        ):
            with self.subTest(vals=vals):
                mine = model.with_user(self.manager)
                self.assertRaises(ValidationError, getattr(mine, step), vals)
        self.assertFalse(callback.attempt_ids)

    def test_a_record_keeps_to_one_company(self):
        """K3: not even a manager of both companies mixes them."""
        self.manager.company_ids += self.other
        both = self.manager.company_ids.ids
        for model, names in {
            "revisit.callback": ("partner_id", "product_id", "dealer_id"),
            "revisit.issue": ("partner_id", "product_id", "dealer_id"),
            "revisit.archive.line": ("partner_id", "product_id", "dealer_id"),
            "revisit.occasion": ("partner_id", "product_id", "dealer_id"),
            "revisit.team": ("dealer_id",),
        }.items():
            mine = self.records[model].with_user(self.manager)
            mine = mine.with_context(allowed_company_ids=both)
            for name in names:
                theirs = self.theirs[mine._fields[name].comodel_name]
                with self.subTest(model=model, field=name):
                    self.assertRaises(UserError, mine.write, {name: theirs.id})

    def test_number_of_another_companys_customer_is_not_shown(self):
        """L1: a link that was made before it was refused shows no number."""
        callback = self.records["revisit.callback"]
        self.env.cr.execute(
            "UPDATE revisit_callback SET partner_id = %s WHERE id = %s",
            [self.theirs["res.partner"].id, callback.id],
        )
        self.env.invalidate_all()
        mine = callback.with_user(self.agent)
        with self.assertRaises(UserError) as refused:
            mine.action_reveal_phone()
        self.assertNotIn("13912345678", str(refused.exception))
        self.assertNotIn("looked up", str(callback.message_ids.mapped("body")))

    def test_policy_stays_with_what_it_has_planned(self):
        """K3: callbacks of one company have no policy of another one."""
        self.manager.company_ids += self.other
        policy = self.records["revisit.callback"].policy_id.with_user(self.manager)
        policy = policy.with_context(allowed_company_ids=self.manager.company_ids.ids)
        policy.team_id = False
        self.assertRefused(
            ValidationError,
            "Copy it for the other company",
            policy.write,
            {"company_id": self.other.id},
        )
        empty = self.records["revisit.policy"].with_user(self.manager)
        empty = empty.with_context(allowed_company_ids=self.manager.company_ids.ids)
        empty.company_id = self.other
        self.assertEqual(empty.company_id, self.other)

    def test_issues_are_owned_by_colleagues_at_work(self):
        """D3: neither the system nor somebody who has left sees what they own."""
        issue = self.records["revisit.issue"].with_user(self.manager)
        gone = self.make_user("gone", "revisit_management.group_agent", active=False)
        for user in (self.env.ref("base.user_root"), gone):
            with self.subTest(user=user.login):
                self.assertRefused(
                    ValidationError,
                    "no colleague",
                    issue.write,
                    {"owner_id": user.id},
                )
        manager = self.make_employee(gone)
        department = self.env["hr.department"].create(
            {"name": "Service", "manager_id": manager.id}
        )
        category = self.make_category(department_id=department.id)
        self.assertFalse(self.make_issue(category_id=category.id).owner_id)
