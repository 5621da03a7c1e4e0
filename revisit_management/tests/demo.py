# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Loads the demonstration at a moment and tells what came out, for tests."""

from collections import Counter
from datetime import datetime

from dateutil.relativedelta import relativedelta

from odoo.fields import Datetime
from odoo.tests import TransactionCase, freeze_time
from odoo.tools import SQL, convert_file, mute_logger

from odoo.addons.revisit_management.demo.story import DONE_MARK
from odoo.addons.revisit_management.tools import windows

from .common import ZONE, utc


def local(text):
    """Return the UTC moment of a wall clock in Shanghai, as ``2026-03-10 23:59``."""
    return utc(ZONE, *datetime.strptime(text, "%Y-%m-%d %H:%M").timetuple()[:5])


class DemoCase(TransactionCase):
    """People, dealers, products and customers are loaded once, the story each time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.env.ref("base.main_company")
        cls.env = cls.env(
            context={
                **cls.env.context,
                "allowed_company_ids": company.ids,
                "lang": "en_US",
                "tz": ZONE,
            }
        )
        parameters = cls.env["ir.config_parameter"].sudo()
        # the last line of the file would load the story
        parameters.set_param(DONE_MARK, "2000-01-01")
        with mute_logger("odoo.tools.convert"):
            convert_file(
                cls.env,
                "revisit_management",
                "demo/revisit_demo.xml",
                {},
                mode="init",
                noupdate=True,
            )
        parameters.search([("key", "=", DONE_MARK)]).unlink()
        cls.foreigner = cls.env["res.partner"].create({"name": "Customer of Odoo's"})

    def load(self, moment, tell, **how):
        """Load the story as if it were ``moment``, return ``tell()`` and forget it.

        :param moment: a wall clock in the company's zone
        :param how: arguments of :func:`freezegun.freeze_time`
        """
        with freeze_time(local(moment), **how), self.env.cr.savepoint() as savepoint:
            self._sell_foreign()
            self.env["revisit.demo"]._load_quarter()
            self.env.flush_all()
            self.env.invalidate_all()
            told = tell()
            savepoint.rollback()
        self.env.transaction.clear()
        self.env.registry.clear_all_caches()
        return told

    def _sell_foreign(self):
        """Confirm orders as Odoo's own demonstration does: now, and a month ago."""
        product = self.env["product.product"].search([], limit=1)
        line = (0, 0, {"product_id": product.id})
        orders = self.env["sale.order"].create(
            [{"partner_id": self.foreigner.id, "order_line": [line]} for _n in range(2)]
        )
        orders.action_confirm()
        orders[1].date_order = Datetime.now() - relativedelta(months=1)

    def assertSameStory(self, told, reference, moment):
        for name, rows in reference.items():
            other = (told[name] - rows, rows - told[name])
            more, less = (sorted(map(str, part.elements()))[:5] for part in other)
            self.assertFalse(
                more or less,
                f"{name} are others at {moment}: {sum(other[0].values())} rows such as"
                f" {more} instead of {sum(other[1].values())} such as {less}",
            )

    # ------------------------------------------------------------
    # WHAT CAME OUT
    # ------------------------------------------------------------

    def tell_story(self):
        """Return ``{what: Counter of rows}`` of all that is equal at every moment.

        Dates stand in them as the time before the end of the story. The calendar
        decides two things alone, which are left out here: in which month's plan a
        callback stands, for months begin on fixed dates, and which of the callbacks
        and issues the last whole quarter counts.
        """
        return {
            "orders": self._tell(
                """SELECT orders.partner_id, orders.state, orders.date_order - story.end
                     FROM sale_order orders, story"""
            ),
            "results": self._tell(
                """SELECT kind, words, partner_id, noted_at - story.end, is_valuable,
                          referred_name, answer_state
                     FROM revisit_result, story"""
            ),
            "products": self._tell(
                """SELECT partner_id, product_id, dealer_id, sold_on - story.end::date,
                          installed_on - story.end::date, filed_at - story.end
                     FROM revisit_archive_line, story"""
            ),
            "repairs": self._tell(
                """SELECT partner_id, product_id, state, revisit_done_at - story.end
                     FROM repair_order, story"""
            ),
            "callbacks": self._tell(
                """SELECT policy.code, item.partner_id, item.user_id, item.state,
                          item.result, item.channel, item.time_state,
                          item.contact_id IS NOT NULL, item.window_start - story.end,
                          item.window_end - story.end, item.done_at - story.end
                     FROM story, revisit_callback item
                     JOIN revisit_policy policy ON policy.id = item.policy_id"""
            ),
            "answers": self._tell(
                """SELECT policy.code, item.partner_id, item.satisfaction, item.nps,
                          item.feedback, item.customer_confirmed, item.review_verdict
                     FROM revisit_callback item
                     JOIN revisit_policy policy ON policy.id = item.policy_id
                    WHERE item.done_at IS NOT NULL"""
            ),
            "timings": self._tell_timings(),
            "attempts": self._tell(
                """SELECT user_id, outcome, duration, note, at - story.end,
                          next_at - story.end
                     FROM revisit_attempt, story"""
            ),
            "issues": self._tell(
                """SELECT name, partner_id, state, registered_at - story.end,
                          acknowledged_at - story.end, resolved_at - story.end,
                          resolved_at IS NULL AND resolve_by < %(now)s,
                          acknowledged_at IS NULL AND respond_by < %(now)s
                     FROM revisit_issue, story"""
            ),
            "plans": self._tell(
                """SELECT team.kind, team.name->>'en_US', plan.state
                     FROM revisit_plan plan JOIN revisit_team team
                       ON team.id = plan.team_id"""
            ),
            "occasions left out": self._tell(
                "SELECT partner_id, reason FROM revisit_planning_skip"
            ),
        }

    def _tell(self, query):
        today = windows.local_date(Datetime.now(), ZONE)
        rows = self.env.execute_query(
            SQL(
                "WITH story AS (SELECT %(end)s::timestamp AS end) " + query,
                end=windows.day_start(today, ZONE),
                now=Datetime.now(),
            )
        )
        return Counter(rows)

    def _tell_timings(self):
        rows = self.env["revisit.callback"]._read_group(
            [], ["policy_id", "timing"], ["__count"]
        )
        return Counter({(policy.code, timing): count for policy, timing, count in rows})
