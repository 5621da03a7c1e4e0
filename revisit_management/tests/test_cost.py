# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.tests import tagged

from .common import NOW, RevisitCommon

FEW, MANY = 2, 22
SLACK = 3


@tagged("post_install", "-at_install")
class TestCost(RevisitCommon):
    """P: what the code reads in one go does not get dearer with the number of rows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy("manual")

    def count_queries(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def assertFlat(self, function, rows):
        """Assert that ``function(rows)`` costs the same for few rows and for many."""
        function(rows[:FEW])  # what is cached for good is cached now
        few = self.count_queries(lambda: function(rows[:FEW]))
        many = self.count_queries(lambda: function(rows[:MANY]))
        self.assertLessEqual(many, few + SLACK, f"{few} queries grew to {many}")

    def make_callbacks(self, partners=None):
        partners = partners or [self.customer] * MANY
        return self.callbacks.concat(
            *(
                self.make_callback(
                    policy=self.policy, partner_id=partner.id, user_id=self.agent.id
                )
                for partner in partners
            )
        )

    def test_partner_counters(self):
        """P: a list of customers counts in a fixed number of queries."""
        partners = self.env["res.partner"].concat(
            *(self.make_customer(f"Customer {number}") for number in range(MANY))
        )
        for partner in partners:
            self.make_customer("Contact", parent_id=partner.id)
        self.make_callbacks(partners)
        names = [
            "callback_count",
            "last_callback_at",
            "next_callback_at",
            "callback_satisfaction",
            "open_issue_count",
        ]
        for user in (self.manager, self.agent):
            self.assertFlat(lambda rows: rows.read(names), partners.with_user(user))

    def test_order_counters(self):
        """P: a list of orders counts its callbacks in one query."""
        orders = self.env["sale.order"].create(
            [{"partner_id": self.customer.id} for _number in range(MANY)]
        )
        self.assertFlat(lambda rows: rows.mapped("callback_count"), orders)

    def test_snapshots(self):
        """DESIGN 4: employees and departments of a batch are read together."""
        department = self.env["hr.department"].create({"name": "North"})
        vals_list = []
        for number in range(MANY):
            user = self.make_user(
                f"revisit_u{number}", "revisit_management.group_agent"
            )
            self.make_employee(user, department)
            vals_list.append(
                {
                    "user_id": user.id,
                    "company_id": self.company.id,
                    "team_id": self.team.id,
                    "event_at": NOW,
                }
            )
        self.assertFlat(
            lambda rows: self.callbacks._fill_snapshots([dict(row) for row in rows]),
            vals_list,
        )

    def test_board(self):
        """I2: the board of units takes one grouped read per figure."""
        teams = self.env["revisit.team"].concat(
            *(self.make_team(f"Team {number}") for number in range(MANY))
        )
        for team in teams:
            self.make_callback(policy=self.policy, team_id=team.id)
        names = [
            "open_count",
            "today_count",
            "late_count",
            "open_issue_count",
            "satisfaction",
        ]
        self.assertFlat(lambda rows: rows.read(names), teams.with_user(self.manager))

    def test_kanban(self):
        """C1: opening the queue costs the same whatever its length."""
        customers = [self.make_customer(f"Customer {n}") for n in range(MANY)]
        callbacks = self.make_callbacks(customers).with_user(self.agent)
        many2ones = ("partner_id", "policy_id", "product_id", "dealer_id", "user_id")
        specification = {
            "timing": {},
            "state": {},
            "source_name": {},
            "deadline": {},
            "is_open": {},
            "attempt_count": {},
            "satisfaction": {},
            "issue_count": {},
            **{name: {"fields": {"display_name": {}}} for name in many2ones},
        }
        self.assertFlat(
            lambda rows: rows.env["revisit.callback"].web_search_read(
                [("id", "in", rows.ids)], specification
            ),
            callbacks,
        )

    def test_list_of_issues(self):
        """D3: a list of issues reads flat, confirming callbacks included."""
        category = self.make_category()
        issues = self.env["revisit.issue"].concat(
            *(self.make_issue(category_id=category.id) for _number in range(MANY))
        )
        self.assertFlat(
            lambda rows: rows.read(
                ["timing", "is_open", "confirming_count", "owner_id", "resolve_by"]
            ),
            issues.with_user(self.manager),
        )
