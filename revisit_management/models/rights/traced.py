# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models


class RevisitAttempt(models.Model):
    """An attempt is proof as soon as it is logged; its callback shows the changes."""

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
        """Trace the values of a deleted attempt, which only a manager may delete."""
        rows = [
            attempt._prepare_trace(name, attempt[name], False)
            for attempt in self.sudo()  # the trace stores all values
            for name in ("outcome", "at", "user_id", "duration", "note")
            if attempt[name]
        ]
        self._create_traces(rows)


class RevisitIssue(models.Model):
    """Traces what was found, decided and answered about an issue."""

    _name = "revisit.issue"
    _inherit = ["revisit.issue", "revisit.traced.mixin"]

    _traced = {
        "acknowledged_at",
        "callback_id",
        "category_id",
        "co_department_ids",
        "company_id",
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
        "resolved_by_id",
        "respond_by",
        "root_cause",
        "severity",
        "solution",
        "state",
        "team_id",
    }


class RevisitArchiveLine(models.Model):
    """Traces what callbacks and warranties rest on, and whom answers judge."""

    _name = "revisit.archive.line"
    _inherit = ["revisit.archive.line", "revisit.traced.mixin"]

    _traced = {
        "active",
        "built_on",
        "company_id",
        "dealer_id",
        "filed_at",
        "filed_by_id",
        "first_use_on",
        "installed_by_id",
        "installed_on",
        "partner_id",
        "product_id",
        "quantity",
        "serial_number",
        "sold_on",
        "warranty_until",
    }


class RevisitPlan(models.Model):
    """Traces who submitted and approved a plan, even if it was reset since."""

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
    """Traces the facts for which callbacks were planned."""

    _name = "revisit.occasion"
    _inherit = ["revisit.occasion", "revisit.traced.mixin"]

    _traced = {
        "active",
        "company_id",
        "dealer_id",
        "kind",
        "occurs_at",
        "partner_id",
        "product_id",
        "reference",
        "user_id",
    }
