# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging
from collections import Counter, defaultdict, namedtuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ...tools import windows
from ...tools.terms import OPEN_STATES
from ..issues.revisit_issue import OPEN_STATES as OPEN_ISSUES
from ..settings.res_users import AGENT_GROUP, PORTAL_GROUP, SUPERVISOR_GROUP

_logger = logging.getLogger(__name__)

# One number of the summary: where its records are, which field says whose they are,
# and which records it counts.
Count = namedtuple("Count", "key model owner domain")


class RevisitDigest(models.AbstractModel):
    """One message a day for each person on whom something waits.

    Everything is counted in one query per number and company, whatever the number of
    people; nobody gets a message per callback.
    """

    _name = "revisit.digest"
    _description = "Daily Summary"

    @api.model
    def _cron_send(self):
        """Send each company's summaries, once on each of its days, at its hour."""
        for company in self.env["res.company"]._revisit_all():
            now = company._revisit_local(fields.Datetime.now())
            hour = now.hour + now.minute / 60
            if hour < company.revisit_digest_hour:
                continue
            if company.revisit_digest_on != now.date():
                self.with_company(company).sudo()._send()  # as scheduled actions do
                company.revisit_digest_on = now.date()

    @api.model
    def _send(self):
        """Send the summaries of the current company (sudo).

        :return: the users who got one
        """
        told = self.env["res.users"]
        for user, counts in self._get_counts().items():
            try:
                with self.env.cr.savepoint():
                    self.with_context(lang=user.lang or None)._tell(user, counts)
            except Exception:
                # one person's trouble leaves the others their summary
                _logger.exception("No daily summary for %s", user.login)
            else:
                told += user
        return told

    # ------------------------------------------------------------
    # WHAT WAITS
    # ------------------------------------------------------------

    @api.model
    def _get_counts(self):
        """Return ``{user: {key: number}}`` of those who want it and have something."""
        company = self.env.company
        tonight = windows.days_end(fields.Datetime.now(), 0, company._revisit_tz())
        people = self._get_people()
        found = defaultdict(Counter)
        for count in self._get_personal(tonight):
            for user, number in self._group(count):
                found[user][count.key] += number
        self._add_units(found, people)
        self._add_dealers(found, people, tonight)
        return {
            user: {key: number for key, number in found[user].items() if number}
            for user in people
            if any(found[user].values())
        }

    @api.model
    def _get_people(self):
        """Return who wants the summary: everybody who works on callbacks."""
        groups = [self.env.ref(group).id for group in (AGENT_GROUP, PORTAL_GROUP)]
        return self.env["res.users"].search(
            [
                ("active", "=", True),
                ("all_group_ids", "in", groups),
                ("company_ids", "in", self.env.company.ids),
                ("revisit_digest", "=", True),
            ],
            order="id",
        )

    def _group(self, count):
        """Return ``[(owner, number)]`` of one number, in one query."""
        domain = (
            Domain("company_id", "=", self.env.company.id)
            & Domain(count.owner, "!=", False)
            & count.domain
        )
        return self.env[count.model]._read_group(domain, [count.owner], ["__count"])

    @api.model
    def _get_due(self, owner, tonight):
        """Return what is counted of open callbacks, each conversation once."""
        now = fields.Datetime.now()
        waiting = Domain("state", "in", OPEN_STATES) & Domain("contact_id", "=", False)
        today = Domain("window_end", ">", now) & Domain("window_end", "<=", tonight)
        agreed = Domain("next_attempt_at", "<=", tonight)
        return [
            Count(key, "revisit.callback", owner, waiting & domain)
            for key, domain in (
                ("late", Domain("window_end", "<=", now)),
                ("today", today),
                ("agreed", agreed),
            )
        ]

    @api.model
    def _get_personal(self, tonight):
        """Return what is counted for each person."""
        now = fields.Datetime.now()
        redo = self.env["revisit.callback"]._get_to_redo_domain()
        draft = Domain("state", "=", "draft")
        report_today = Domain("hand_in_until", ">", now) & Domain(
            "hand_in_until", "<=", tonight
        )
        report_late = Domain("hand_in_until", "<=", now)
        open_issues = Domain("state", "in", OPEN_ISSUES) & Domain(
            "resolved_at", "=", False
        )
        issue_today = Domain("resolve_by", ">", now) & Domain(
            "resolve_by", "<=", tonight
        )
        issue_late = Domain("resolve_by", "<=", now)
        report, issue = "revisit.report", "revisit.issue"
        promised = Domain("answer_state", "=", "open")
        answer_today = Domain("promised_until", ">", now) & Domain(
            "promised_until", "<=", tonight
        )
        answer_late = Domain("promised_until", "<=", now)
        promise = "revisit.result"
        return [
            *self._get_due("user_id", tonight),
            Count(
                "redo",
                "revisit.callback",
                "made_by_id",
                redo & Domain("contact_id", "=", False),
            ),
            Count("report_late", report, "user_id", draft & report_late),
            Count("report_today", report, "user_id", draft & report_today),
            Count("answer_late", promise, "owner_id", promised & answer_late),
            Count("answer_today", promise, "owner_id", promised & answer_today),
            Count("issue_late", issue, "owner_id", open_issues & issue_late),
            Count("issue_today", issue, "owner_id", open_issues & issue_today),
        ]

    @api.model
    def _get_of_units(self):
        """Return what is counted for who manages a unit."""
        now = fields.Datetime.now()
        leading = Domain("contact_id", "=", False)
        waiting = Domain("state", "in", OPEN_STATES) & leading
        to_review = (
            Domain("state", "=", "done")
            & Domain("review_verdict", "=", False)
            & leading
        )
        asked = Domain("extension_state", "=", "asked") & Domain("state", "=", "draft")
        callback = "revisit.callback"
        return [
            Count(
                "unit_late",
                callback,
                "team_id",
                waiting & Domain("window_end", "<=", now),
            ),
            Count(
                "unit_free",
                callback,
                "team_id",
                waiting
                & Domain("user_id", "=", False)
                & Domain("window_start", "<=", now),
            ),
            Count("unit_review", callback, "team_id", to_review),
            Count("unit_asked", "revisit.report", "team_id", asked),
        ]

    def _add_units(self, found, people):
        """Add to ``found`` the numbers of units, and of those below them."""
        numbers = {
            count.key: dict(self._group(count)) for count in self._get_of_units()
        }
        teams = self.env["revisit.team"].union(
            *(team for rows in numbers.values() for team in rows)
        )
        for user in people.filtered(lambda u: u.has_group(SUPERVISOR_GROUP)):
            managed = tuple(user.revisit_managed_team_ids.mapped("parent_path"))
            if not managed:
                continue
            below = teams.filtered(lambda t, m=managed: t.parent_path.startswith(m))
            for key, rows in numbers.items():
                found[user][key] += sum(rows.get(team, 0) for team in below)

    def _add_dealers(self, found, people, tonight):
        """Add to ``found`` the numbers of dealers, for each of their portal users."""
        redo = self.env["revisit.callback"]._get_to_redo_domain()
        counts = [
            *self._get_due("dealer_id", tonight),
            Count("redo", "revisit.callback", "dealer_id", redo),
        ]
        level = Domain("level", "=", "dealer")
        numbers = {
            count.key: dict(self._group(count._replace(domain=count.domain & level)))
            for count in counts
        }
        for user in people.filtered("share"):
            dealer = user.partner_id.commercial_partner_id
            # not again what is counted as the user's own
            found[user] = Counter(
                {key: rows.get(dealer, 0) for key, rows in numbers.items()}
            )

    # ------------------------------------------------------------
    # THE MESSAGE
    # ------------------------------------------------------------

    @api.model
    def _get_labels(self):
        """Return ``{key: (what people call it, path of the page that lists it)}``."""
        return {
            "late": (self.env._("Callbacks that are late"), "my-callbacks"),
            "today": (self.env._("Callbacks due today"), "my-callbacks"),
            "agreed": (
                self.env._("Customers who expect your call today"),
                "my-callbacks",
            ),
            "redo": (self.env._("Callbacks to be redone"), "my-callbacks"),
            "report_late": (self.env._("Reports that are late"), "callback-reports"),
            "report_today": (
                self.env._("Reports to hand in today"),
                "callback-reports",
            ),
            "answer_late": (
                self.env._("Promised answers that are late"),
                "callback-results",
            ),
            "answer_today": (
                self.env._("Answers promised for today"),
                "callback-results",
            ),
            "issue_late": (self.env._("Issues that are late"), "callback-issues"),
            "issue_today": (
                self.env._("Issues to be solved today"),
                "callback-issues",
            ),
            "unit_late": (self.env._("Unit: callbacks that are late"), "callbacks"),
            "unit_free": (
                self.env._("Unit: callbacks that nobody has taken"),
                "callback-queue",
            ),
            "unit_review": (self.env._("Unit: callbacks to review"), "callbacks"),
            "unit_asked": (
                self.env._("Unit: reports for which more time is asked"),
                "callback-reports",
            ),
        }

    def _tell(self, user, counts):
        """Send one user what waits, in the language of the context."""
        base = self.env.company.get_base_url()
        page = f"{base}/my/callbacks" if user.share else None
        lines = [
            (label, counts[key], page or f"{base}/odoo/{path}")
            for key, (label, path) in self._get_labels().items()
            if counts.get(key)
        ]
        body = self.env["ir.qweb"]._render(
            "revisit_management.digest_body", {"lines": lines, "user": user}
        )
        self.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            subject=self._get_subject(counts),
            body=body,
            author_id=self.env.ref("base.partner_root").id,
            email_layout_xmlid="mail.mail_notification_light",
            subtitles=[self.env._("Daily Summary")],
        )

    def _get_subject(self, counts):
        day = format_date(self.env, self.env.company._revisit_today())
        keys = ("late", "report_late", "answer_late")
        late = sum(counts.get(key, 0) for key in keys)
        if late:
            return self.env._("%(day)s: %(late)s late", day=day, late=late)
        return self.env._("%(day)s: what is due", day=day)
