# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models

from .revisit_callback import ANSWERS, DONE_STATES


class RevisitCallback(models.Model):
    """Scores count an answer from the moment it is made: from then on it is traced."""

    _name = "revisit.callback"
    _inherit = ["revisit.callback", "revisit.traced.mixin"]

    _traced = {
        *ANSWERS,
        "channel",
        "done_at",
        "made_by_id",
        "next_due_on",
        "product_id",
        "result",
        "review_note",
        "review_verdict",
    }

    def _filter_traced(self):
        """Return what was made: while a callback is open nothing is an answer yet."""
        return super()._filter_traced().filtered(lambda c: c.state in DONE_STATES)

    def _get_files_traced(self):
        return super()._get_files_traced() | self._filter_traced()


class RevisitAttempt(models.Model):
    """An attempt is proof from the moment it is logged; its callback shows changes."""

    _name = "revisit.attempt"
    _inherit = ["revisit.attempt", "revisit.traced.mixin"]

    _traced = {"at", "callback_id", "duration", "note", "outcome", "user_id"}

    def _get_trace_owner(self):
        return self.callback_id

    def _get_trace_part(self):
        return self.env._(
            "Attempt of %(time)s",
            time=self.callback_id._format_time(self.at),
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_leaves_traces(self):
        """Keep what a deleted attempt said: a manager may delete it, not unsay it."""
        rows = [
            attempt._prepare_trace(name, attempt[name], False)
            for attempt in self.sudo()
            for name in ("outcome", "at", "user_id", "duration", "note")
            if attempt[name]
        ]
        self._create_traces(rows)


class RevisitIssue(models.Model):
    """What was found, decided and answered about an issue."""

    _name = "revisit.issue"
    _inherit = ["revisit.issue", "revisit.traced.mixin"]

    _traced = {
        "acknowledged_at",
        "callback_id",
        "category_id",
        "co_department_ids",
        "confirmed_at",
        "dealer_id",
        "department_id",
        "intake",
        "intake_kind",
        "is_anonymous",
        "is_reply_only",
        "is_valuable",
        "owner_id",
        "partner_id",
        "product_id",
        "registered_at",
        "resolution",
        "resolve_by",
        "resolved_at",
        "respond_by",
        "root_cause",
        "severity",
        "solution",
        "state",
        "team_id",
    }


class RevisitArchiveLine(models.Model):
    """The dates from which callbacks and warranties count."""

    _name = "revisit.archive.line"
    _inherit = ["revisit.archive.line", "revisit.traced.mixin"]

    _traced = {
        "active",
        "dealer_id",
        "filed_at",
        "filed_by_id",
        "first_use_on",
        "installed_on",
        "partner_id",
        "product_id",
        "quantity",
        "serial_number",
        "sold_on",
        "warranty_until",
    }


class RevisitPlan(models.Model):
    """Who submitted and who approved, also what was given back since."""

    _name = "revisit.plan"
    _inherit = ["revisit.plan", "revisit.traced.mixin"]

    _traced = {
        "approved_by_id",
        "date_from",
        "date_to",
        "owner_id",
        "state",
        "submitted_by_id",
        "team_id",
    }


class RevisitOccasion(models.Model):
    """What callbacks were planned for."""

    _name = "revisit.occasion"
    _inherit = ["revisit.occasion", "revisit.traced.mixin"]

    _traced = {
        "active",
        "dealer_id",
        "kind",
        "occurs_at",
        "partner_id",
        "product_id",
        "reference",
        "user_id",
    }
