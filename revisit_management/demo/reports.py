# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from .stage import Stage

ASSESSMENTS = (
    "",
    "",
    "",
    "A content customer; would recommend us. 客户满意，愿意推荐。",
    "The product is fine, the appointment was not. 产品没问题，预约需改进。",
    "Wants a call before the warranty ends. 希望保修到期前再联系。",
)
PROPOSALS = (
    "",
    "",
    "",
    "",
    "Tell the price of parts before the repair. 维修前先报价。",
)
WHY_LATER = "The workshop still has the customer's file. 客户资料尚在维修部。"


class Reports(Stage):
    """The reports on talks: most are handed in on the next day, some late or never."""

    def _ask_for_reports(self, rulebook):
        """Let the company write reports, in times of its own choice."""
        rulebook.write(
            {
                "asks_report": True,
                "record_days": 0,
                "report_days": 1,
                "hand_in_days": 3,
                "extension_days": 7,
            }
        )

    def _report(self, story):
        """Hand in the reports of all days but the last, and ask for time for one."""
        reports = self.env["revisit.report"].search(
            [("company_id", "=", self.env.company.id)], order="talked_at, id"
        )
        yesterday = self._get_end() - timedelta(days=1)
        for report in reports:
            rng = story.rng_of("report", report.callback_id)
            report.recorded_at = report.talked_at + timedelta(minutes=rng.randint(1, 9))
            hours = self._get_hours(rng)
            moment = hours and report.talked_at + timedelta(hours=hours)
            if moment and moment < yesterday:
                self._hand_in(rng, report, moment)
        last = reports.filtered(
            lambda r: r.state == "draft" and r.talked_at >= yesterday
        )
        for report in last[:1]:
            # in the name of whoever has talked with the customer
            maker = report.with_user(report.user_id).sudo()
            maker.action_ask_extension(WHY_LATER)

    def _get_hours(self, rng):
        """Return after how many hours a report is handed in, or False for never."""
        fate = rng.random()
        if fate < 0.82:
            return rng.uniform(0.5, 8)
        if fate < 0.92:
            return rng.uniform(24, 48)
        return fate < 0.97 and rng.uniform(100, 150)

    def _hand_in(self, rng, report, moment):
        report.write(
            {
                "assessment": rng.choice(ASSESSMENTS) or False,
                "proposal": rng.choice(PROPOSALS) or False,
            }
        )
        report.write(
            {
                "written_at": moment,
                "handed_in_at": moment,
                "handed_in_by_id": report.user_id.id,
                "state": "handed_in",
            }
        )
