# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Replays a shipped rulebook: documents go in, callbacks come out."""

from datetime import datetime, timedelta

from .common import NOW, SECOND, ZONE, RevisitCommon, utc

# 23:59:59 and 00:00:00 of March 9th and 10th where the company is
LAST_SECOND = utc(ZONE, 2026, 3, 10) - SECOND
MIDNIGHT = utc(ZONE, 2026, 3, 10)


class RulebookReplay(RevisitCommon):
    """Installs one rulebook in an otherwise empty company."""

    code = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rulebook = cls.install_rulebook(cls.code)
        cls.since = NOW - timedelta(days=2)

    @classmethod
    def ref(cls, name):
        """Return a row of the rulebook by the bare id of its files."""
        return cls.env.ref(f"revisit_management.{cls.company.id}_{cls.code}_{name}")

    @classmethod
    def get_policies(cls, active=True):
        return (
            cls.env["revisit.policy"]
            .with_context(active_test=False)
            .search([("rulebook_id", "=", cls.rulebook.id), ("active", "=", active)])
        )

    @classmethod
    def activate(cls, name, **values):
        """Switch on a policy that is shipped archived; return it."""
        policy = cls.ref(name)
        policy.write({**values, "active": True})
        policy.active_from = cls.since
        return policy

    @classmethod
    def make_regular(cls, created=datetime(2026, 2, 15), **values):
        """Create a customer who has been invoiced, known since ``created``."""
        customer = cls.make_customer(customer_rank=1, **values)
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE res_partner SET create_date = %s WHERE id = %s",
            [created, customer.id],
        )
        customer.invalidate_recordset(["create_date"])
        return customer

    @classmethod
    def make_solved(cls, date, **values):
        """Create an issue that was registered a day before it was solved."""
        issue = cls.make_issue(registered_at=date - timedelta(days=1), **values)
        issue.action_resolve("Repaired")
        issue.sudo().resolved_at = date
        return issue

    @classmethod
    def make_everything(cls):
        """Create one document of each kind that a trigger knows; return them."""
        regular = cls.make_regular(created=NOW - timedelta(days=40))
        moment = NOW - timedelta(hours=1)
        quotation = cls.make_order(regular, confirmed=False)
        quotation.action_quotation_sent()
        quotation.date_order = moment
        line = cls.make_archive_line(
            regular,
            sold_on=moment.date(),
            installed_on=moment.date(),
            first_use_on=moment.date(),
        )
        return [
            regular,
            quotation,
            cls.make_order(regular, date=moment),
            cls.make_delivery(regular),
            line,
            cls.make_repair(regular, date=moment),
            cls.make_issue(partner_id=regular.id, registered_at=moment),
            cls.make_solved(moment, partner_id=regular.id),
        ]

    def get_ours(self, source=None):
        """Return the rulebook's callbacks, in the order of their windows."""
        domain = [("rulebook_id", "=", self.rulebook.id)]
        if source is not None:
            domain += [
                ("source_model", "=", source._name),
                ("source_id", "=", source.id),
            ]
        return self.env["revisit.callback"].search(domain, order="window_start, id")

    def assertPlanned(self, source, *expected):
        """Assert all that is planned: (policy, level, channel, start, end)."""
        planned = [
            (c.policy_id.code, c.level, c.channel, c.window_start, c.window_end)
            for c in self.get_ours(source)
        ]
        self.assertEqual(planned, list(expected))

    def day(self, number):
        """Return the UTC moment at which day ``number`` after today begins."""
        return MIDNIGHT + timedelta(days=number)

    def assertNothingOfItself(self):
        """Assert that no document plans anything before a policy is completed."""
        self.make_everything()
        self.plan()
        self.assertFalse(self.get_ours())

    def assertByHand(self, name, days, *, channel="phone", level="hq", customer=None):
        """Assert that planning by hand makes one callback, open ``days`` days."""
        policy, customer = self.ref(name), customer or self.make_customer()
        counts = policy._plan_records(customer)
        self.assertEqual(counts["created"], 1)
        self.assertPlanned(
            customer, (policy.code, level, channel, NOW, self.day(days + 1))
        )
        callback = self.get_ours(customer)
        self.assertEqual(callback.script_id, policy.script_id)
        self.assertEqual(callback.team_id, policy.team_id)
        # while it waits, asking again plans no second one
        self.assertEqual(policy._plan_records(customer)["created"], 0)
        return callback

    def assertEdges(self, name, make, first, last):
        """Assert the window of an archived policy, once it is completed.

        :param make: returns a document dated at a UTC datetime
        """
        policy = self.activate(name)
        code, channel = policy.code, policy.channel
        level = policy.level
        early, late = make(LAST_SECOND), make(MIDNIGHT)
        before = make(self.since - SECOND)
        at_once = make(self.since)
        self.plan()
        for document, shift in ((early, -1), (late, 0)):
            event_at = LAST_SECOND if shift else MIDNIGHT
            start = self.day(first + shift) if first else event_at
            self.assertPlanned(
                document,
                (code, level, channel, start, self.day(last + shift + 1)),
            )
        self.assertPlanned(before)
        self.assertEqual(len(self.get_ours(at_once)), 1)
        self.plan()
        self.assertEqual(len(self.get_ours()), 3, "each once, and nothing more")
