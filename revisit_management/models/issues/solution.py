# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.values import TEXT_SIZE


class RevisitIssue(models.Model):
    """From the agreed solution to the customer's confirmation that it is solved.

    This file decides whether and how the customer is called back, and has the files,
    which prove what was wrong and are sealed when the issue is closed.
    """

    _name = "revisit.issue"
    _inherit = ["revisit.issue", "revisit.sealed.mixin"]

    _server_owned = {
        "sealed_files",
        "valued_at",
    }

    sealed_files = fields.Json(
        readonly=True,
        copy=False,
        help="The files that belonged to the issue when it was closed.",
    )
    is_reply_only = fields.Boolean(
        string="Only a Reply Asked",
        help="The customer, or the body that forwarded it, only wants a reply: a"
        " rulebook may exempt it from callbacks.",
    )
    is_valuable = fields.Boolean(
        string="Valuable Suggestion",
        tracking=True,
        help="Worth a visit, where a policy says so.",
    )
    valued_at = fields.Datetime(
        string="Found Valuable",
        compute="_compute_valued_at",
        store=True,
        index="btree_not_null",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("is_valuable")
    def _compute_valued_at(self):
        for issue in self:
            if not issue.is_valuable:
                issue.valued_at = False
            elif not issue.valued_at:
                issue.valued_at = fields.Datetime.now()

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if {"is_reply_only", "is_valuable"} & set(vals):
            self.env["revisit.planner"]._poke()
        return result

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_agree(self):
        """Record that the customer agrees to the proposed solution."""
        self._check_may_work()
        self._check_state(("new", "acknowledged", "investigating"))
        for issue in self:
            if not (issue.solution or "").strip():
                raise UserError(
                    self.env._(
                        "%(issue)s: write down the agreed solution first: measures,"
                        " expected effect and follow-up.",
                        issue=issue.name,
                    )
                )
        self.action_acknowledge()
        self._step({"state": "agreed"})
        return True

    def action_resolve(self, resolution=None):
        """Mark as solved; the confirming callback is planned for this moment.

        :param resolution: the result, if it is not on the issue yet
        :raise AccessError: it counts for somebody else
        """
        self._check_may_work()
        self._check_state(("new", "acknowledged", "investigating", "agreed"))
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, "resolution")
        resolution = reader._read_text(label, resolution, TEXT_SIZE)
        if resolution:
            self.write({"resolution": resolution})
        for issue in self:
            if not (issue.resolution or "").strip():
                raise UserError(
                    self.env._(
                        "%(issue)s: write down the result before you mark it as"
                        " solved; the customer will be told it.",
                        issue=issue.name,
                    )
                )
        self.action_acknowledge()
        for user, issues in self.grouped(lambda issue: issue._get_solver()).items():
            issues._step(
                {
                    "state": "resolved",
                    "resolved_at": fields.Datetime.now(),
                    "resolved_by_id": user.id,
                }
            )
        self.env["revisit.planner"]._poke()
        return True

    def action_confirm(self, reason=None):
        """Record, without a callback, that the customer agrees.

        :param reason: text, required: how that is known
        :raise AccessError: the user is not a supervisor, or has worked on it
        """
        self._check_may_judge()
        self._check_state(("resolved",))
        reason = self._read_step_reason(reason)
        self._action_confirm()
        self._step({"verdict_note": reason})
        return True

    def action_reject(self, reason=None):
        """Record, without a callback, that the customer is not satisfied.

        Confirming callbacks that are not late yet are cancelled; the next solution is
        confirmed by one of its own.

        :param reason: text, required: how that is known
        :raise AccessError: the user is not a supervisor, or has worked on it
        """
        self._check_may_judge()
        self._check_state(("resolved", "confirmed"))
        reason = self._read_step_reason(reason)
        self._action_reject()
        self._step({"verdict_note": reason})
        self._withdraw_callbacks(reason)
        return True

    def action_close(self):
        self._check_state(("confirmed", "resolved"))
        for issue in self.filtered(lambda issue: issue.state == "resolved"):
            if not issue.is_anonymous and issue.partner_id:
                raise UserError(
                    self.env._(
                        "%(issue)s: the customer has not confirmed it yet. Record the"
                        " verdict, by callback or by hand, then close it.",
                        issue=issue.name,
                    )
                )
        self._step({"state": "closed"})
        self._seal_files()
        return True

    def action_open_confirming(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_callback_action"
        )
        return {**action, "domain": self._get_confirming_domain(), "context": {}}

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _action_confirm(self, callback=None):
        """Record that the customer agreed, e.g. in ``callback``; may be extended."""
        self._step(
            {
                "state": "confirmed",
                "confirmed_at": fields.Datetime.now(),
                "verdict_note": False,
            }
        )
        for issue in self.filtered(lambda issue: callback):
            issue.message_post(
                body=self.env._(
                    "Confirmed by the customer in the callback of %(agent)s.",
                    agent=callback.made_by_id.name,
                )
            )

    def _action_reject(self, callback=None):
        """Reopen the issue, as the customer is not satisfied."""
        for issue in self:
            issue._step(
                {
                    "state": "investigating",
                    "resolved_at": False,
                    "confirmed_at": False,
                    "reopen_count": issue.reopen_count + 1,
                    "verdict_note": False,
                }
            )
            if callback:
                issue.message_post(
                    body=self.env._(
                        "The customer is not satisfied: %(feedback)s",
                        feedback=callback.feedback or "-",
                    )
                )

    def _get_solver(self):
        """Return who solves the issue now: who says so, or its owner for the system."""
        self.ensure_one()
        is_system = self.env.user._is_superuser()
        return self.owner_id if is_system else self.env.user

    def _get_confirming_domain(self):
        return [("source_model", "=", self._name), ("source_id", "in", self.ids)]

    def _get_sealed(self):
        closed = self.filtered(lambda issue: issue.state == "closed")
        return super()._get_sealed() | closed
