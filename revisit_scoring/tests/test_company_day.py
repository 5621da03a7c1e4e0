# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""K7: quarters, periods and conditions by the company's days, whoever computes."""

from datetime import date, datetime

from odoo.tests import freeze_time, new_test_user, tagged

from .common import ScoringCommon

# in Shanghai it is April already, in UTC and in New York still March
NIGHT = datetime(2026, 3, 31, 18, 0)


@tagged("post_install", "-at_install")
class TestCompanyDay(ScoringCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.zones = (False, "America/New_York", "Pacific/Kiritimati")
        cls.readers = [
            new_test_user(
                cls.env,
                login=f"reader_{number}",
                groups="revisit_management.group_manager",
                tz=zone,
            )
            for number, zone in enumerate(cls.zones)
        ]

    def each_reader(self):
        """Yield an environment per reader and for the scheduled actions' user."""
        for user in [*self.readers, self.env.ref("base.user_root")]:
            self.env.invalidate_all()
            yield self.env(user=user, context={})

    def test_quarters_of_the_list_of_scores(self):
        """G11: This Quarter and Last Quarter, in the first night of April."""
        for day in (datetime(2025, 11, 1), datetime(2026, 2, 1), datetime(2026, 5, 1)):
            self.create_callback(
                resp_employee_id=self.employee.id,
                event_at=day,
                window_start=day,
                window_end=day.replace(day=4),
                done_at=day.replace(day=2),
            )
        scheme = self.create_scheme([("callback_rate", 100, "proportional")])
        with freeze_time(datetime(2026, 7, 2)):
            scores = {
                first: self.create_assessment(scheme, first).score_ids
                for first in ("2025-10-01", "2026-01-01", "2026-04-01")
            }
        ours = [("scheme_id", "=", scheme.id)]
        names = {"2025-10-01": False, "2026-01-01": "last", "2026-04-01": "this"}
        for env in self.each_reader():
            with freeze_time(NIGHT):
                for first, name in names.items():
                    score = scores[first].with_env(env).sudo()
                    self.assertTrue(score)
                    self.assertEqual(set(score.mapped("quarter")), {name})
                    domain = [*ours, ("quarter", "=", name)]
                    found = env["revisit.score"].sudo().search(domain)
                    self.assertEqual(set(found.ids), set(score.ids))
                domain = [*ours, ("quarter", "in", ["this", "last"])]
                found = env["revisit.score"].sudo().search(domain)
                expected = scores["2026-01-01"] + scores["2026-04-01"]
                self.assertEqual(set(found.ids), set(expected.ids))

    def test_scheme_activated_in_the_night_owes_no_old_period(self):
        """G7: switched on on 1 April, it does not assess the quarter before."""
        for moment, is_due in (
            (datetime(2026, 3, 31, 15, 59), True),
            (datetime(2026, 3, 31, 16, 1), False),
        ):
            scheme = self.create_scheme([("callback_rate", 100, "proportional")])
            scheme.sudo().write({"activated_on": moment})
            for env in self.each_reader():
                with freeze_time(NIGHT):
                    self.assertEqual(scheme.with_env(env).sudo()._is_due(), is_due)
                    period = scheme.with_env(env).sudo()._get_last_period()
                self.assertEqual(period, (date(2026, 1, 1), date(2026, 3, 31)))

    def test_today_in_a_metric_is_the_companys(self):
        """G1: a condition with a relative date counts alike for everybody."""
        metric = self.metric("callback_rate").copy(
            {
                "code": "test_today",
                "denominator_domain": "[('event_at', '<', 'today')]",
                "numerator_domain": "[('event_at', '<', 'today')]",
            }
        )
        for moment in (datetime(2026, 3, 31, 15, 59), datetime(2026, 3, 31, 16, 1)):
            self.create_callback(
                resp_employee_id=self.employee.id,
                event_at=moment,
                window_start=datetime(2026, 3, 1),
                window_end=datetime(2026, 3, 30),
                done_at=datetime(2026, 3, 2),
            )
        scheme = self.create_scheme([("callback_rate", 100, "proportional")])
        scheme.indicator_ids.metric_id = metric
        for env in self.each_reader():
            with freeze_time(NIGHT):
                assessment = self.create_assessment(scheme, "2026-01-01", compute=False)
                assessment.with_env(env).sudo().action_compute()
                line = self.score_of(assessment, self.employee).line_ids
                self.assertEqual((line.numerator, line.denominator), (1, 1))
                assessment.unlink()
