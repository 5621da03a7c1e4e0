# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class RevisitRun(models.Model):
    """One planning run that changed something: when, how long, with what result."""

    _name = "revisit.run"
    _description = "Planning Run"
    _inherit = ["revisit.protected.mixin"]
    _order = "id desc"
    _rec_name = "started_at"

    _server_owned = {
        "cancelled_count",
        "company_id",
        "created_count",
        "ended_at",
        "message",
        "skipped_count",
        "started_at",
        "state",
        "updated_count",
        "notice",
    }

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    started_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        selection=[
            ("pending", "Waiting"),
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Done With Errors"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="done",
        readonly=True,
    )
    created_count = fields.Integer(string="Planned", readonly=True)
    updated_count = fields.Integer(string="Re-Dated", readonly=True)
    cancelled_count = fields.Integer(string="Cancelled", readonly=True)
    skipped_count = fields.Integer(string="Left Out", readonly=True)
    message = fields.Text(string="Errors", readonly=True)
    notice = fields.Text(
        readonly=True, help="What was planned, and yet deserves a look."
    )

    @api.model
    def _log_run(self, company, started_at, counts, errors, notices=()):
        """Store a run, unless it found nothing new and nothing went wrong."""
        skipped = sum(counts["skipped"].values())
        # what stays left out is decided again by each run and does not count as new
        names = ("created", "updated", "cancelled", "new_skips")
        if not any(counts[name] for name in names) and not errors:
            return self.browse()
        return self.sudo().create(  # no user may create runs directly
            {
                "company_id": company.id,
                "started_at": started_at,
                "ended_at": fields.Datetime.now(),
                "state": "failed" if errors else "done",
                "created_count": counts["created"],
                "updated_count": counts["updated"],
                "cancelled_count": counts["cancelled"],
                "skipped_count": skipped,
                "message": "\n".join(errors),
                "notice": "\n".join(notices),
            }
        )

    @api.autovacuum
    def _gc_old_runs(self):
        old = self.sudo().search(  # old runs of all companies are deleted
            [
                ("started_at", "<", "now -90d"),
                ("state", "in", ("done", "cancelled")),
                ("parent_id", "=", False),
            ],
            limit=1000,
        )
        old.unlink()
        return len(old), len(old) == 1000
