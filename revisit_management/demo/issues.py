# Part of Revisit. See LICENSE file for full copyright and licensing details.
import csv
from collections import namedtuple
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

from odoo.tools import file_open

from ..tools import windows
from .stage import Stage
from .story import ZONE

DEALER_COMPLAINT = "csi_complaint"
# What customers complain about, one issue per row: how it is filed, its ``age`` in
# days, the hours until somebody answers and solves it (0 is never), the state at the
# ``end`` and what was said; an empty cell means "not yet".
PROBLEMS = "revisit_management/demo/texts/revisit_issue_texts.csv"
NUMBERS = ("age", "acknowledged", "solved")
# the state at the end of a recent problem that nobody has solved yet
UNSETTLED = ("new", "acknowledged", "investigating", "agreed")
Problem = namedtuple(
    "Problem",
    "name category severity intake kind product age acknowledged solved end cause"
    " text solution result",
)


def read_problems():
    """Return the rows of ``PROBLEMS``, with numbers in place of their digits."""
    with file_open(PROBLEMS, filter_ext=(".csv",)) as stream:
        return [
            Problem(**row | {name: int(row[name]) for name in NUMBERS})
            for row in csv.DictReader(stream)
        ]


class Issues(Stage):
    """The issues: who raises them, how they are solved and confirmed."""

    # ------------------------------------------------------------
    # RAISING
    # ------------------------------------------------------------

    def _raise_issues(self, story):
        """Register the problems, from callbacks and from elsewhere."""
        issues = {}
        for number, problem in enumerate(read_problems()):
            rng = story.rng("problem", number)
            line, callback = self._find_occasion(rng, problem, issues)
            moment = callback.done_at or self._get_talk_time(
                rng, *self._get_day_bounds(problem.age)
            )
            creator = callback.made_by_id
            if creator.share or not creator:
                creator = self._user("supervisor")
            vals = self._prepare_issue(problem, line, callback, moment)
            # in the creator's name; no user may register a problem at an earlier moment
            issue = self.env["revisit.issue"].with_user(creator).sudo().create(vals)
            issues[issue] = problem
        story.place("issue", issues)
        return issues

    def _find_occasion(self, rng, problem, issues):
        """Return the product with the problem, and the callback that reported it."""
        first, last = self._get_told_between(problem)
        domain = [
            ("product_id", "=", self._ref(f"product_{problem.product}").id),
            ("sold_on", "<", windows.local_date(first, ZONE)),
        ]
        if problem.category == DEALER_COMPLAINT:
            domain.append(("dealer_id", "!=", False))
        lines = self.env["revisit.archive.line"].search(
            domain, order="sold_on desc, id desc"
        )
        callbacks = self.env["revisit.callback"]
        taken = [issue.callback_id.id for issue in issues]
        for line in lines if problem.intake == "callback" else ():
            callback = callbacks.search(
                [
                    ("partner_id", "=", line.partner_id.id),
                    ("result", "=", "reached"),
                    ("level", "!=", "dealer"),
                    ("done_at", ">=", first),
                    ("done_at", "<", last),
                    ("id", "not in", taken),
                ],
                order="satisfaction, id",
                limit=1,
            )
            if callback:
                return line, callback
        return (rng.choice(lines[:5]) if lines else lines), callbacks

    def _get_told_between(self, problem):
        """Return the bounds within which a callback may have reported a problem.

        A problem that is settled by now may have been reported some days earlier or
        later. Any other was reported on its very day, so that none of its deadlines
        falls on today: it would be kept or missed depending on the time of day.
        """
        first, last = self._get_day_bounds(problem.age)
        if problem.end in UNSETTLED:
            return first, last
        return first - timedelta(days=3), min(last + timedelta(days=2), self._get_end())

    def _prepare_issue(self, problem, line, callback, moment):
        category = self.env["revisit.issue.category"].search(
            [
                ("code", "=", problem.category),
                ("company_id", "=", self.env.company.id),
            ]
        )
        customer = line.partner_id or self._get_customers()[:1]
        intake = problem.intake
        if intake == "callback" and not callback:
            intake = "phone"
        return {
            "name": problem.name,
            "description": problem.text,
            "category_id": category.id,
            "severity": problem.severity,
            "intake": intake,
            "intake_kind": problem.kind,
            "partner_id": customer.id,
            "product_id": self._ref(f"product_{problem.product}").id,
            "purchased_on": line.sold_on,
            "callback_id": callback.id,
            "dealer_id": customer.dealer_id.id,
            "team_id": self._get_issue_unit(callback, customer).id,
            "registered_at": moment,
        }

    def _get_issue_unit(self, callback, customer):
        unit = callback.team_id
        if not unit and customer.dealer_id:
            unit = self.env["revisit.team"].search(
                [("dealer_id", "=", customer.dealer_id.id)], limit=1
            )
        return unit or self._rulebook_ref("appliance", "team_callback")

    def _date_registrations(self):
        """Let every issue be known since it was registered, see ``_date_filings``."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE revisit_issue SET create_date = registered_at"
            " WHERE create_date >= %s",
            [self.env.cr.now()],
        )
        self.env.invalidate_all()

    # ------------------------------------------------------------
    # SOLVING
    # ------------------------------------------------------------

    def _handle_issues(self, issues):
        """Let the owners answer, examine and solve, at the times of the story."""
        for issue, problem in issues.items():
            if problem.end == "new":
                continue
            # in the owner's name; with_user() alone drops the rights of the loading
            owned = issue.with_user(issue.owner_id or self._user("service")).sudo()
            if problem.end == "acknowledged":
                owned.action_acknowledge()
            else:
                owned.action_investigate()
            self._date_issue(issue, "acknowledged_at", problem.acknowledged)
            issue.root_cause = problem.cause or False
            issue.solution = problem.solution or False
            if problem.end == "agreed":
                owned.action_agree()
            elif problem.solved:
                owned.action_agree()
                owned.action_resolve(problem.result)
                self._date_issue(issue, "resolved_at", problem.solved)

    def _date_issue(self, issue, name, hours):
        moment = issue.registered_at + timedelta(hours=hours)
        if hours > 8:
            moment = self._get_office_time(moment)
        issue[name] = min(moment, self._get_end() - timedelta(hours=5))

    def _get_office_time(self, moment):
        """Return a moment at night as the next morning at nine."""
        local = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(ZONE))
        if 9 <= local.hour < 19:
            return moment
        day = local.date() + timedelta(days=local.hour >= 19)
        return windows.day_start(day, ZONE) + timedelta(hours=9, minutes=local.minute)

    # ------------------------------------------------------------
    # CONFIRMING
    # ------------------------------------------------------------

    def _confirm(self, story, issues, round_number):
        """Make the confirming callbacks; a customer who says no reopens the issue."""
        callbacks = self.env["revisit.callback"].search(
            [
                ("source_model", "=", "revisit.issue"),
                ("source_id", "in", [issue.id for issue in issues]),
                ("policy_id.code", "=", "appliance_issue_resolved"),
                ("is_open", "=", True),
            ],
            order="id",
        )
        by_id = {issue.id: issue for issue in issues}
        for callback in callbacks:
            issue = by_id[callback.source_id]
            # some are made in one contact with another one
            if issues[issue].end == "resolved" or not callback.is_open:
                continue
            rng = story.rng_of(f"confirmation {round_number}", callback)
            self._confirm_one(rng, callback, issue, issues[issue])

    def _confirm_one(self, rng, callback, issue, problem):
        last = min(callback.window_end, self._get_end())
        moment = self._get_talk_time(rng, callback.window_start, last)
        actor = self._as_maker(callback)
        self._log(rng, actor, "reached", moment, duration=rng.randint(60, 200))
        if problem.end == "reopened" and not issue.reopen_count:
            actor.action_done(
                done_at=moment,
                customer_confirmed="no",
                satisfaction=35,
                attitude=70,
                feedback="It came back after two days. 两天后问题再次出现。",
            )
            # the owner answers again, with the rights of the loading
            owned = issue.with_user(issue.owner_id).sudo()
            owned.action_resolve(f"{problem.result} Checked again after a week.")
            issue.resolved_at = min(
                moment + timedelta(days=3), self._get_end() - timedelta(hours=5)
            )
        else:
            actor.action_done(
                done_at=moment,
                customer_confirmed="yes",
                satisfaction=self._draw(rng, 86, 6),
                attitude=self._draw(rng, 92, 4),
                feedback="Confirmed: solved. 已解决。",
            )
            issue.confirmed_at = moment
            if problem.end in ("closed", "reopened"):
                # the owner closes it, with the rights of the loading
                issue.with_user(issue.owner_id).sudo().action_close()
        issue.message_ids.date = moment
