# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools.values import NOTE_SIZE
from ..callbacks.revisit_by_hand_mixin import FAIR_TIME
from .revisit_issue_by_hand_mixin import REASONED

# fields that decide when an issue is late: fixed once it is registered
CLOCK = {"category_id", "registered_at", "severity"}
CLOSED_STATES = ("closed", "cancelled")
MARKS = ("is_anonymous", "is_reply_only", "is_valuable")
# what was reported, how it was solved, for whom it counts: fixed once it is closed
SETTLED = {
    "callback_id",
    "co_department_ids",
    "dealer_id",
    "department_id",
    "description",
    "intake",
    "intake_kind",
    "is_anonymous",
    "is_reply_only",
    "is_valuable",
    "name",
    "owner_id",
    "partner_id",
    "product_id",
    "purchased_on",
    "resolution",
    "root_cause",
    "solution",
    "team_id",
}


class RevisitIssue(models.Model):
    """The deadlines of an issue: until when it is to be answered and solved.

    They count from the time at which the issue is registered. Only a supervisor
    changes its category or severity later, with a reason, and what else decides about
    callbacks once one of them is due; the earlier deadlines stay visible, and those
    already met or missed do not change.
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
        """Return ``(respond_by, resolve_by)`` according to category and severity."""
        self.ensure_one()
        if not (self.category_id and self.severity and self.registered_at):
            return False, False
        # whoever registers an issue need not have access to the routes
        deadline = self.category_id.sudo()._get_deadline(self.severity)
        if not deadline:
            return False, False
        return deadline._get_moments(self.registered_at)

    @api.model
    def _keep_settled(self, before, after, stopped_at, now):
        """Return the due moment of a deadline after category or severity has changed.

        A deadline that was met or has passed stays as it is: a late issue never becomes
        punctual, nor a punctual one late. A deadline that still runs is kept if the new
        category sets none.
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
            protected |= self._get_exempting(vals) | self._get_passed_on(vals)
            # the issue's state decides, not the right to read it; writing checks that
            if self.sudo().filtered(lambda issue: issue.state in CLOSED_STATES):
                protected |= names & SETTLED
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
        issues = self.sudo()  # compared only; writing checks the right
        exempting = {
            name
            for name in names
            if any(bool(issue[name]) != bool(vals[name]) for issue in issues)
        }
        # another customer would be asked in place of the one who complained
        if "partner_id" in vals and any(
            issue.partner_id and issue.partner_id.id != vals["partner_id"]
            for issue in issues
        ):
            exempting.add("partner_id")
        return exempting

    def _get_passed_on(self, vals):
        """Return the names of values that would let a lateness count elsewhere.

        Whoever has let a clock run out, or stopped it, does not decide alone for whom
        it counts; a supervisor's change is traced. To another unit than their own only
        callback managers move what was late.
        """
        if self.env.user.has_group("revisit_management.group_supervisor"):
            is_led = "team_id" not in self.env["revisit.callback"]._get_foreign(vals)
            # compared only; writing checks the right
            late = self.sudo().filtered(lambda issue: issue._is_settled())
            is_moved = any(issue.team_id.id != vals.get("team_id") for issue in late)
            return {"team_id"} if is_moved and not is_led else set()
        now = fields.Datetime.now()
        settled = self.sudo().filtered(  # compared only; writing checks the right
            lambda issue: (
                issue.acknowledged_at
                or issue.resolved_at
                or (issue.respond_by and issue.respond_by < now)
                or (issue.resolve_by and issue.resolve_by < now)
            )
        )
        names = {
            name
            for name in ("dealer_id", "department_id", "team_id")
            if name in vals and any(issue[name].id != vals[name] for issue in settled)
        }
        if "owner_id" in vals and self._starts_counting(vals["owner_id"]):
            names.add("owner_id")
        return names | self._get_opening(vals)

    def _get_opening(self, vals):
        """Return the names of values by which somebody would let themselves in.

        Whose issue it is, or a colleague of its department, asks others to help.
        """
        names = {"co_department_ids", "department_id"} & set(vals)
        issues = self.sudo()  # compared only; writing checks the right
        is_theirs = all(
            not issue.owner_id
            or issue.owner_id == self.env.user
            or issue._is_colleagues()
            for issue in issues
        )
        return set() if is_theirs else names

    def _starts_counting(self, owner_id):
        """Return whether what is late already would count for a colleague.

        It counts for nobody so far; whoever takes such an issue says so themselves.
        """
        if owner_id == self.env.uid:
            return False
        soon = fields.Datetime.now() + FAIR_TIME
        issues = self.sudo().filtered(  # compared only; writing checks the right
            lambda issue: (
                issue._is_settled()
                and not issue.resp_employee_id
                or issue.owner_id.id != owner_id
                and issue._is_due_before(soon)
            )
        )
        pairs = {(owner_id, issue.company_id.id) for issue in issues}
        employees = self.env["revisit.callback"]._get_employees(pairs)
        return any(pair in employees for pair in pairs)

    def _is_due_before(self, moment):
        """Return whether a deadline that can still be met ends before a moment."""
        self.ensure_one()
        now = fields.Datetime.now()
        return any(
            until and not met and now <= until < moment
            for until, met in (
                (self.respond_by, self.acknowledged_at or self.resolved_at),
                (self.resolve_by, self.resolved_at),
            )
        )

    @api.model
    def _get_undefaulted(self):
        # registered_at is always the moment of registration, never a user's default
        return super()._get_undefaulted() | {"registered_at"}

    @api.model
    def _check_registered_at(self, value):
        """Refuse a moment of registration that the user may not enter.

        :raise AccessError: the user is not a supervisor and enters an earlier moment
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
        """Button: open the wizard that changes category and severity."""
        self.ensure_one()
        self._check_may_reclassify()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct Registration"),
            "res_model": "revisit.issue.reclassify",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_issue_id": self.id,
                "default_category_id": self.category_id.id,
                "default_severity": self.severity,
            },
        }

    def action_reclassify(self, reason, category_id=None, severity=None, **facts):
        """Correct what was registered; the earlier deadlines are kept and shown.

        Callbacks that are not asked for any more, and not late yet, are cancelled.

        :param reason: text, required
        :param category_id: id of the new category, None to keep it
        :param severity: the new severity, None to keep it
        :param facts: new values of ``intake_kind``, ``partner_id`` (an id) and the
            marks ``is_anonymous``, ``is_reply_only`` and ``is_valuable``
        :raise AccessError: the user is not a supervisor
        :raise UserError: no reason, nothing changes, or the issue is closed
        """
        self._check_may_reclassify()
        reason, category_id, severity = self._read_reclassified(
            reason, category_id, severity
        )
        if not reason:
            raise UserError(
                self.env._("Say why the registration of the issue changes.")
            )
        values = self._prepare_reclassified(category_id, severity)
        values.update(self._read_facts(facts))
        self._check_may_exempt(values)
        for issue in self:
            issue._reclassify(reason, values)
        self._withdraw_callbacks(reason)
        self.env["revisit.planner"]._poke()
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _read_reclassified(self, reason, category_id, severity):
        """Return the arguments of :meth:`action_reclassify` as checked values."""
        reader = self.env["revisit.reader"]
        ids = reader._read_ids(
            reader._get_label(self, "category_id"), category_id and [category_id]
        )
        severity = reader._read_choice(
            reader._get_label(self, "severity"), self._fields["severity"], severity
        )
        reason = reader._read_text(self.env._("Reason"), reason, NOTE_SIZE)
        return reason, ids and ids[0], severity

    @api.model
    def _read_facts(self, facts):
        """Return the facts of :meth:`action_reclassify` as checked values.

        :raise UserError: one of them is no fact that is corrected
        """
        reader, values = self.env["revisit.reader"], {}
        for name, raw in facts.items():
            label = name in REASONED and reader._get_label(self, name)
            if name in MARKS:
                values[name] = reader._read_flag(label, raw)
            elif name == "intake_kind":
                kind = reader._read_choice(label, self._fields[name], raw)
                values.update({name: kind} if kind else {})
            elif name == "partner_id":
                ids = reader._read_ids(label, [raw] if raw else False)
                # with the user's own rights: only a customer whom they may see
                partner = self.env["res.partner"].browse(ids or ()).exists()
                partner.check_access("read")
                values[name] = partner.id
            else:
                raise UserError(
                    self.env._(
                        "%(name)s is not corrected here. Use: %(known)s.",
                        name=name,
                        known=", ".join(sorted(REASONED)),
                    )
                )
        return values

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

    def _check_may_exempt(self, values):
        """Refuse to owner and solver what spares an issue the customer's verdict."""
        names = {"is_anonymous", "is_reply_only", "partner_id"} & set(values)
        for issue in self:
            present = issue._read_present_facts()
            if any(present[name] != values[name] for name in names):
                issue._check_may_judge()

    def _prepare_reclassified(self, category_id, severity):
        values = {}
        if category_id:
            # with the user's own rights: only a category that they may see
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
        """Change category or severity of one issue and keep its earlier deadlines."""
        self.ensure_one()
        before = self._read_clock()
        present = {**before, **self._read_present_facts()}
        if all(present[name] == value for name, value in values.items()):
            raise UserError(
                self.env._(
                    "%(issue)s is registered with this category, severity and the rest"
                    " already.",
                    issue=self.name,
                )
            )
        self._step(values)
        # the log is server-owned: no user may write it directly
        change = self.env["revisit.issue.change"].sudo()._log(self, reason, before)
        self.message_post(body=change._get_note(), subtype_xmlid="mail.mt_note")

    def _read_present_facts(self):
        self.ensure_one()
        facts = {name: self[name] for name in REASONED - {"partner_id"}}
        return {**facts, "partner_id": self.partner_id.id}

    def _read_clock(self):
        """Return the deadlines and the fields that decide about them, as values."""
        self.ensure_one()
        return {
            "category_id": self.category_id.id,
            "severity": self.severity,
            "respond_by": self.respond_by,
            "resolve_by": self.resolve_by,
        }
