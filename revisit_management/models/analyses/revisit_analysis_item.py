# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ...tools.values import NOTE_SIZE


class RevisitAnalysisItem(models.Model):
    """One proposal of an analysis report, which the company adopts or rejects.

    Written by whoever is responsible for the report, until it is handed in. A callback
    manager who has written nothing in it decides, with a reason; until the report is
    filed the decision may change, and each change is kept. Adopted proposals count for
    who wrote them first, whoever reworded them or handed the report in.
    """

    _name = "revisit.analysis.item"
    _description = "Proposal of an Analysis Report"
    _inherit = [
        "revisit.locked.mixin",
        "revisit.protected.mixin",
        "revisit.traced.mixin",
    ]
    _order = "analysis_id, sequence, id"
    _rec_name = "proposal"
    _lock_parent = "analysis_id"

    _traced = {"proposal", "reason", "state"}

    _server_owned = {
        "company_id",
        "decided_at",
        "decided_by_id",
        "department_id",
        "employee_id",
        "reason",
        "state",
        "team_id",
    }

    analysis_id = fields.Many2one(
        comodel_name="revisit.analysis",
        string="Report",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="analysis_id.company_id", store=True, precompute=True
    )
    team_id = fields.Many2one(
        related="analysis_id.team_id", string="Unit", store=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    proposal = fields.Text(required=True, help="What should be done, in your words.")
    state = fields.Selection(
        selection=[
            ("proposed", "Proposed"),
            ("adopted", "Adopted"),
            ("rejected", "Rejected"),
        ],
        required=True,
        default="proposed",
        readonly=True,
        copy=False,
    )
    decided_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    decided_at = fields.Datetime(string="Decided On", readonly=True, copy=False)
    reason = fields.Text(string="Why It Was Decided So", readonly=True, copy=False)
    # For whom it counts, since the report was handed in
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Counts for Employee",
        readonly=True,
        copy=False,
        ondelete="restrict",
        groups="hr.group_hr_user,revisit_management.group_supervisor",
    )
    department_id = fields.Many2one(
        comodel_name="hr.department",
        string="Counts for Department",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    may_decide = fields.Boolean(related="analysis_id.may_decide")

    _adopted_idx = models.Index("(company_id, decided_at) WHERE state = 'adopted'")

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        items._check_writable()
        items.analysis_id._note_writer()
        return items

    def write(self, vals):
        if not self.env.su:
            self._check_writable()
        result = super().write(vals)
        if "proposal" in vals:
            self.analysis_id._note_writer()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_handed_in(self):
        self._check_writable()

    def _get_protected(self, vals):
        protected = super()._get_protected(vals)
        # a proposal stays where it was made
        return protected | (set(vals) & {"analysis_id"} if self else set())

    def _get_locked_text(self, names):
        return self.analysis_id._get_locked_text(names)

    def _get_trace_owner(self):
        return self.analysis_id

    def _get_trace_part(self):
        return (self.proposal or "")[:60]

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_adopt(self):
        """Button: adopt a proposal, with a reason."""
        return self._open_decision("adopt", self.env._("Adopt the Proposal"))

    def action_open_reject(self):
        """Button: reject a proposal, with a reason."""
        return self._open_decision("reject", self.env._("Reject the Proposal"))

    def action_adopt(self, reason):
        """Adopt proposals.

        :param reason: text, required
        """
        return self._decide("adopted", reason)

    def action_reject(self, reason):
        """Reject proposals.

        :param reason: text, required
        """
        return self._decide("rejected", reason)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _open_decision(self, step, name):
        self.ensure_one()
        self._check_may_decide()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "revisit.analysis.decision",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_item_id": self.id, "default_step": step},
        }

    def _check_may_decide(self):
        self.check_access("read")
        self.analysis_id._check_may_decide()

    def _check_writable(self):
        """Refuse to change proposals of others, and what is handed in."""
        if self.env.su:
            return
        for analysis in self.analysis_id:
            analysis._check_locked()
            analysis._check_open()
            analysis._check_mine()

    def _decide(self, state, reason):
        """Note the company's decision; whoever wrote the proposals is told.

        :raise AccessError: the user is no callback manager
        :raise UserError: their own, not handed in, no reason, or decided so already
        """
        self._check_may_decide()
        reader = self.env["revisit.reader"]
        reason = reader._read_text(reader._get_label(self, "reason"), reason, NOTE_SIZE)
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the proposal is adopted or rejected."))
        for item in self.filtered(lambda item: item.state == state):
            raise UserError(
                self.env._(
                    "“%(proposal)s” was decided on so already, by %(user)s.",
                    proposal=item.proposal[:60],
                    # who has decided stands on it
                    user=item.sudo().decided_by_id.name,
                )
            )
        self._step(
            {
                "state": state,
                "reason": reason,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        for analysis, items in self.grouped("analysis_id").items():
            items._tell_authors(analysis)
        return True

    def _tell_authors(self, analysis):
        """Tell what was decided: all to who handed it in, and to others their own."""
        # who wrote it and who handed it in stands on it; the system writes to them
        items, responsible = self.sudo(), analysis.sudo().handed_in_by_id
        others = items.create_uid.filtered("active") - responsible
        items._tell(analysis, responsible)
        for author in others:
            items.filtered(lambda i, a=author: i.create_uid == a)._tell(
                analysis, author
            )

    def _tell(self, analysis, user):
        """Tell somebody what was decided on these proposals, in their language."""
        told = analysis.sudo().with_context(lang=user.lang)  # the system writes
        labels = dict(self._fields["state"]._description_selection(told.env))
        lines = [
            f"{labels[item.state]}: {item.proposal} ({item.reason})" for item in self
        ]
        told.message_notify(
            partner_ids=user.partner_id.ids,
            subject=told.display_name,
            body=plaintext2html("\n".join(lines)),
        )
