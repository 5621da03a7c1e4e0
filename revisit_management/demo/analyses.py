# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from ..tools import periods, windows
from .stage import Stage
from .story import ZONE

FINDINGS = (
    "Customers praise the fitters and complain about appointments: most issues are of"
    " deliveries that came on another day. 客户认可安装人员，主要不满是预约时间变动。",
    "Callbacks are made on time; whoever is not reached is called in the morning only."
    " 回访及时，但未接通客户多在上午拨打。",
    "Repairs are praised, their prices are not: three customers heard them too late."
    " 维修质量好，但三位客户事后才知道价格。",
)
CAUSES = (
    "The depot changes tours without telling us. 仓库调整线路时未通知我们。",
    "The plan puts all calls before noon. 计划把电话都排在上午。",
    "Parts are priced after the visit. 配件在上门之后才报价。",
)
PROPOSALS = (
    (
        "The depot tells the customer by SMS when a tour changes."
        " 线路变更时由仓库短信通知客户。",
        "A second call after 17:00. 17 点以后再拨一次。",
    ),
    ("Half of the plan's calls after 17:00. 计划中一半电话安排在 17 点后。",),
    ("A price list of the ten commonest parts. 编制十种常用配件价目表。",),
)
WHY_ADOPTED = "The depot starts on the first of the month. 仓库下月一日起执行。"
WHY_REJECTED = "Nobody is on duty then. 该时段无人值班。"


class Analyses(Stage):
    """Two quarters' analyses: the first on file, the second on its way."""

    def _ask_for_analyses(self, rulebooks):
        """Let the company analyse its quarters and years, in days of its own choice."""
        rulebooks.write(
            {
                "asks_analysis": True,
                "quarter_analysis_days": 10,
                "year_analysis_days": 15,
                "analysis_from": self._get_quarters()[0][0],
            }
        )

    def _get_quarters(self):
        """Return the bounds of the last two whole quarters, the earlier one first."""
        last = periods.previous(self.today, "quarter")
        return periods.previous(last[0], "quarter"), last

    def _analyse(self):
        """Make the reports of both quarters, as the daily job did on their morrow."""
        reports = self.env["revisit.analysis"]
        earlier, last = (
            reports._make(end + timedelta(days=1))
            for _first, end in self._get_quarters()
        )
        for number, report in enumerate(earlier.sorted("id")):
            self._hand_in_analysis(report, number, -3)
            self._decide(report)
        # one in time, one late, the others wait; none after the story's end
        for number, report in enumerate(last.sorted("id")[:2]):
            self._hand_in_analysis(report, number + 1, (-2, 2)[number])

    def _hand_in_analysis(self, report, number, days):
        """Write a report and hand it in, some days after the one on which it is due."""
        moment = windows.day_start(report.due_on, ZONE) + timedelta(days=days, hours=15)
        if moment > self._get_end():
            return
        number %= len(FINDINGS)
        # in the name of whoever is responsible, with the rights of the loading
        actor = report.with_user(report.user_id).sudo()
        actor.write({"findings": FINDINGS[number], "causes": CAUSES[number]})
        actor.item_ids.create(
            [
                {"analysis_id": report.id, "proposal": proposal, "sequence": place}
                for place, proposal in enumerate(PROPOSALS[number], 1)
            ]
        )
        actor.action_hand_in()
        report.write({"handed_in_at": moment, "counted_at": moment})

    def _decide(self, report):
        """Adopt the first proposal of the first report, reject the others, and file."""
        manager = self._user("manager")
        moment = report.handed_in_at + timedelta(days=4)
        # in the manager's name, likewise
        for item in report.item_ids.with_user(manager).sudo():
            if item.proposal == PROPOSALS[0][0]:
                item.action_adopt(WHY_ADOPTED)
            else:
                item.action_reject(WHY_REJECTED)
        report.item_ids.write({"decided_at": moment})
        report.write({"state": "filed", "filed_at": moment, "filed_by_id": manager.id})
