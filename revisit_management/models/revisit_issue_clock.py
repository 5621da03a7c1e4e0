# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..tools.values import NOTE_SIZE

# what decides when an issue is late: fixed once it is registered
CLOCK = {"category_id", "registered_at", "severity"}
CLOSED_STATES = ("closed", "cancelled")
# for whom, and as what, an issue counts: fixed once it is closed
COUNTED = {
    "callback_id",
    "co_department_ids",
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
    "root_cause",
    "team_id",
}


class RevisitIssue(models.Model):
    """The clocks of an issue: until when it is answered and solved (D2).

    They start when the issue is registered. A change of its category or severity is
    a step of a supervisor, with a reason; the clocks before it stay visible, and what
    has been met or missed by then stays so.
    """

    _inherit = "revisit.issue"

    _server_owned = {"change_ids"}

    change_ids = fields.One2many(
        comodel_name="revisit.issue.change",
        inverse_name="issue_id",
        string="Earlier Deadlines",
        readonly=True,
        copy=False,
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("category_id", "severity", "registered_at")
    def _compute_deadlines(self):
        now = fields.Datetime.now()
        for issue in self:
            respond_by, resolve_by = issue._get_due_moments()
            if issue._origin:
                respond_by = issue._keep_settled(
                    issue.respond_by, respond_by, issue.acknowledged_at, now
                )
                resolve_by = issue._keep_settled(
                    issue.resolve_by, resolve_by, issue.resolved_at, now
                )
            issue.respond_by, issue.resolve_by = respond_by, resolve_by

    def _get_due_moments(self):
        """Return ``(respond_by, resolve_by)`` as category and severity ask for."""
        self.ensure_one()
        if not (self.category_id and self.severity and self.registered_at):
            return False, False
        deadline = self.category_id.sudo()._get_deadline(self.severity)
        if not deadline:
            return False, False
        return deadline._get_moments(self.registered_at)

    @api.model
    def _keep_settled(self, before, after, stopped_at, now):
        """Return the due moment of a clock whose category or severity has changed.

        A clock that was stopped, or that ran out, keeps its moment: a late issue never
        becomes punctual, nor a punctual one late. A category that sets no deadline
        stops no running clock.
        """
        is_settled = stopped_at or (before and before < now)
        return before if is_settled else after or before

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def _get_protected(self, vals):
        protected, names = super()._get_protected(vals), set(vals)
        if self:
            protected |= names & CLOCK
            protected |= self._get_exempting(vals)
            if self.sudo().filtered(lambda issue: issue.state in CLOSED_STATES):
                protected |= names & COUNTED
            if not self.env.user.has_group("revisit_management.group_manager"):
                protected |= names & {"company_id"}
        elif "registered_at" in vals:
            self._check_registered_at(vals["registered_at"])
        return protected

    def _get_exempting(self, vals):
        """Return the names of values by which the customer would not be asked.

        Whoever works on an issue does not decide alone that nobody confirms it.
        """
        if self.env.user.has_group("revisit_management.group_supervisor"):
            return set()
        names = {n for n in ("is_anonymous", "is_reply_only") if vals.get(n)}
        if "partner_id" in vals and not vals["partner_id"]:
            names.add("partner_id")
        issues = self.sudo()
        return {
            name
            for name in names
            if any(bool(issue[name]) != bool(vals[name]) for issue in issues)
        }

    @api.model
    def _get_undefaulted(self):
        # the clock starts when the issue is registered
        return super()._get_undefaulted() | {"registered_at"}

    @api.model
    def _check_registered_at(self, value):
        """Refuse a moment of registration that the user may not give.

        :raise AccessError: somebody below a supervisor enters an earlier moment
        :raise ValidationError: it lies in the future
        """
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(
                self.env._(
                    "An issue is registered when you write it down. Ask your"
                    " supervisor to enter one that came in earlier."
                )
            )
        moment = fields.Datetime.to_datetime(value)
        if moment and moment > fields.Datetime.now():
            raise ValidationError(
                self.env._(
                    "An issue cannot be registered in the future: correct the time"
                    " at which it came in."
                )
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_reclassify(self):
        """Open the dialog in which category and severity are changed."""
        self.ensure_one()
        self._check_may_reclassify()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change Category or Severity"),
            "res_model": "revisit.issue.reclassify",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_issue_id": self.id,
                "default_category_id": self.category_id.id,
                "default_severity": self.severity,
            },
        }

    def action_reclassify(self, reason, category_id=None, severity=None):
        """Change category or severity; the deadlines before it are kept and shown.

        :param reason: text, required
        :param category_id: id of the new category, None to keep it
        :param severity: the new severity, None to keep it
        :raise AccessError: the user is no supervisor
        :raise UserError: no reason, nothing changes, or the issue is closed
        """
        self._check_may_reclassify()
        reason, category_id, severity = self._read_reclassified(
            reason, category_id, severity
        )
        if not reason:
            raise UserError(
                self.env._("Say why the category or the severity of the issue changes.")
            )
        values = self._prepare_reclassified(category_id, severity)
        for issue in self:
            issue._reclassify(reason, values)
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _read_reclassified(self, reason, category_id, severity):
        """Return the arguments of a program's call as what they mean."""
        reader = self.env["revisit.reader"]
        ids = reader._read_ids(
            reader._get_label(self, "category_id"), category_id and [category_id]
        )
        severity = reader._read_choice(
            reader._get_label(self, "severity"), self._fields["severity"], severity
        )
        reason = reader._read_text(self.env._("Reason"), reason, NOTE_SIZE)
        return reason, ids and ids[0], severity

    def _check_may_reclassify(self):
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(
                self.env._(
                    "Only supervisors change the category or severity of a registered"
                    " issue, because its deadlines hang on them. Tell yours why it"
                    " should change."
                )
            )
        self.check_access("write")
        self._check_state(
            [
                state
                for state, _label in self._fields["state"].selection
                if state not in CLOSED_STATES
            ]
        )

    def _prepare_reclassified(self, category_id, severity):
        values = {}
        if category_id:
            # with the rights of the user: only a category that they see
            category = self.env["revisit.issue.category"].browse(category_id)
            category = category.exists()
            if not category:
                raise UserError(
                    self.env._("There is no such category: choose one from the list.")
                )
            category.check_access("read")
            values["category_id"] = category.id
        if severity:
            if severity not in dict(self._fields["severity"].selection):
                raise UserError(
                    self.env._(
                        "%(severity)s is no severity. Use one of: %(known)s.",
                        severity=severity,
                        known=", ".join(dict(self._fields["severity"].selection)),
                    )
                )
            values["severity"] = severity
        return values

    def _reclassify(self, reason, values):
        """Change the class of one issue and keep what its clocks were."""
        self.ensure_one()
        before = self._read_clock()
        if all(before[name] == value for name, value in values.items()):
            raise UserError(
                self.env._(
                    "%(issue)s has this category and severity already.", issue=self.name
                )
            )
        self._step(values)
        # the log is the system's: nobody writes it by hand
        change = self.env["revisit.issue.change"].sudo()._log(self, reason, before)
        self.message_post(body=change._get_note(), subtype_xmlid="mail.mt_note")

    def _read_clock(self):
        """Return what decides about the deadlines, and the deadlines, as values."""
        self.ensure_one()
        return {
            "category_id": self.category_id.id,
            "severity": self.severity,
            "respond_by": self.respond_by,
            "resolve_by": self.resolve_by,
        }
