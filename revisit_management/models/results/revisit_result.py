# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.terms import DONE_STATES, OPEN_STATES
from ...tools.values import NOTE_SIZE, has_words

KINDS = [
    ("need", "Need"),
    ("suggestion", "Suggestion"),
    ("opportunity", "Opportunity"),
    ("referral", "Referral"),
    ("promise", "Promised Answer"),
]
# what was said once stays; who has mistyped it takes it back and writes it anew
FIXED = {
    "callback_id",
    "kind",
    "promised_on",
    "referred_email",
    "referred_name",
    "referred_phone",
}
# the words about it, which its maker may put better while the talk goes on
WORDS = {"product_id", "words"}
# what stays in the trace of the callback when a result is taken back
SAID = (
    "words",
    "product_id",
    "promised_on",
    "owner_id",
    "referred_name",
    "referred_phone",
    "referred_email",
)
# what happens after the talk, and so after its review, too
LATER = {
    "answer",
    "answer_state",
    "answered_at",
    "answered_by_id",
    "employee_id",
    "invoiced_amount",
    "invoiced_on",
    "is_valuable",
    "owner_id",
    "valued_at",
    "valued_by_id",
}


class RevisitResult(models.Model):
    """What a talk has brought beside its answers, and what becomes of it.

    A need, a suggestion, an opportunity, a new customer whom this one refers, or an
    answer that the agent has promised. It is written down while the talk goes on, in
    the console or on the callback, and what follows from it is begun at once:
    ``followed`` (suggestions and opportunities), ``referral`` and ``promise`` say how.

    =====================  ===========================  ===============================
    action                 who                          what changes
    =====================  ===========================  ===============================
    create                 who may write the callback;  what follows is begun
                           once it is made: its maker,
                           supervisors
    action_take_back       who has noted it, until the  it is gone, and what it began;
                           callback is made or the      its words stay in the trace of
                           promised time is over        the callback
    action_value           supervisors of the unit,     valuable: policies plan a visit
                           not of their own; who has
                           noted it, by the rulebook
    action_not_valuable    supervisors                  not valuable
    action_answer          whoever gives the answer,    answered, kept or late
                           supervisors of the unit
    =====================  ===========================  ===============================

    Words and product are its maker's until the callback is made, a supervisor's until
    the review, nobody's afterwards. A supervisor gives a promise to somebody else.
    """

    _name = "revisit.result"
    _description = "Result of a Talk"
    _inherit = [
        "revisit.named.mixin",
        "revisit.locked.mixin",
        "revisit.protected.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "revisit.settled.mixin",
    ]
    _order = "noted_at desc, id desc"
    _lock_parent = "callback_id"
    _check_company_auto = True

    _traced = {"is_valuable", "owner_id", "product_id", "words"}

    _server_owned = {
        "commercial_partner_id",
        "company_id",
        "department_id",
        "employee_id",
        "noted_at",
        "partner_id",
        "team_id",
        "user_id",
    }

    callback_id = fields.Many2one(
        comodel_name="revisit.callback",
        required=True,
        ondelete="restrict",
        index=True,
        help="The callback that leads the conversation.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    kind = fields.Selection(selection=KINDS, required=True, tracking=True)
    words = fields.Text(
        tracking=True, help="What the customer wants, proposes or was promised."
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        ondelete="restrict",
        check_company=True,
        help="What it is about; by default the product of the callback.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Customer's Company",
        store=True,
        index=True,
    )
    # For whom it counts
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Noted By",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Counts for Employee",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        groups="hr.group_hr_user,revisit_management.group_supervisor",
        help="Who has noted it; of a promise, whoever gives the answer.",
    )
    department_id = fields.Many2one(
        comodel_name="hr.department", readonly=True, ondelete="restrict"
    )
    team_id = fields.Many2one(
        comodel_name="revisit.team",
        string="Unit",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    noted_at = fields.Datetime(string="Noted On", required=True, readonly=True)
    text = fields.Char(
        string="What It Says",
        compute="_compute_text",
        help="Its words, or whom the customer refers.",
    )
    may_take_back = fields.Boolean(compute="_compute_may")
    may_reword = fields.Boolean(compute="_compute_may")

    _noted_idx = models.Index("(company_id, noted_at)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("partner_id", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        hidden = self._get_unreadable()
        hidden._hide_names()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for result in self - hidden:
            result.display_name = self.env._(
                "%(kind)s of %(customer)s",
                kind=kinds.get(result.kind, ""),
                # whoever may read the result may see whose it is
                customer=result.sudo().partner_id.display_name or "",
            )

    @api.depends("words", "referred_name")
    def _compute_text(self):
        for result in self:
            parts = (result.referred_name, result.words)
            result.text = " · ".join(part for part in parts if part)

    @api.depends("callback_id.state", "answered_at", "promised_until")
    @api.depends_context("uid")
    def _compute_may(self):
        for result in self:
            result.may_reword = not result.id or result._may_reword()
            result.may_take_back = result._may_take_back()

    def _may_reword(self):
        """Return whether the user may still change the words."""
        self.ensure_one()
        # its state says how far the talk is, whoever may read the callback
        callback = self.sudo().callback_id
        if callback.state == "reviewed" or callback.unlocked_parts:
            return self._is_supervisor() and self._is_opened(WORDS)
        if self._is_supervisor():
            return True
        is_mine = self.user_id == self.env.user
        return is_mine and (callback.is_open or callback._is_to_redo())

    def _may_take_back(self):
        self.ensure_one()
        is_mine = self.env.su or self.user_id == self.env.user
        # see above
        is_open = self.sudo().callback_id.state in OPEN_STATES
        is_settled = self.answered_at or self._is_late()
        return bool(self.id and is_mine and is_open and not is_settled)

    def _leads_unit(self):
        """Return whether the user decides about what the unit notes."""
        self.ensure_one()
        user = self.env.user
        if self.env.su or user.has_group("revisit_management.group_manager"):
            return True
        # units are compared only, whoever may read them
        led, unit = user.revisit_managed_team_ids.sudo(), self.sudo().team_id
        paths = tuple(team.parent_path for team in led)
        return bool(
            self._is_supervisor()
            and unit
            and paths
            and unit.parent_path.startswith(paths)
        )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def _get_protected(self, vals):
        protected, names = super()._get_protected(vals), set(vals)
        if not self:
            return protected
        protected |= names & FIXED
        if not all(result._leads_unit() for result in self):
            protected |= names & {"owner_id"}
        if not all(result._may_reword() for result in self):
            # what is locked says so itself
            protected |= names & WORDS if not self._locked() else set()
        return protected

    def _get_unlocked_fields(self):
        return super()._get_unlocked_fields() | LATER

    def _prepare_create_values(self, vals_list):
        for vals in vals_list:
            if "company_id" not in vals:  # the system enters whole rows
                vals.update(self._prepare_noted(vals))
        return super()._prepare_create_values(vals_list)

    @api.model
    def _prepare_noted(self, vals):
        """Return what the system knows of a result that somebody notes.

        :param vals: what they have typed
        :raise UserError: something is missing, or cannot be
        """
        callback = self._read_talk(vals.get("callback_id"))
        reader, known = self.env["revisit.reader"], callback.sudo()  # whose it is
        kind = reader._read_choice(
            reader._get_label(self, "kind"), self._fields["kind"], vals.get("kind")
        )
        words = reader._read_text(
            reader._get_label(self, "words"), vals.get("words"), NOTE_SIZE
        )
        words = (words or "").strip()
        if not kind:
            raise UserError(self.env._("Choose what kind of result it is."))
        if not has_words(words) and kind != "referral":
            raise UserError(self.env._("Write down what the customer said."))
        noted = {
            "callback_id": callback.id,
            "company_id": callback.company_id.id,
            "kind": kind,
            "words": words or False,
            "product_id": vals.get("product_id") or known.product_id.id,
            "partner_id": known.partner_id.id,
            "team_id": known.team_id.id,
            "user_id": self.env.uid,
            "noted_at": fields.Datetime.now(),
            **self._prepare_referral(kind, vals, known),
            **self._prepare_promise(kind, vals, known),
        }
        owner = noted.get("owner_id") or self.env.uid
        return {**noted, **self._prepare_counted(owner, known)}

    @api.model
    def _prepare_counted(self, user_id, callback):
        """Return for which employee and department a result counts.

        :param callback: of the result (sudo)
        """
        key = (user_id, callback.company_id.id)
        employee = callback._get_employees([key]).get(key)
        return {
            "employee_id": employee.id if employee else False,
            "department_id": employee
            and callback._get_department(employee, fields.Datetime.now()).id,
        }

    @api.model
    def _read_talk(self, callback_id):
        """Return the callback that leads the talk, whose results the user may note.

        :raise AccessError: it is somebody else's
        :raise UserError: there is none, or it was cancelled
        """
        callback = self.env["revisit.callback"].browse(callback_id or ()).exists()
        if not callback:
            raise UserError(self.env._("Choose the callback in which it was said."))
        callback.check_access("read")
        callback.check_access("write")
        callback = callback._get_leaders()
        callback._check_not_own()
        known = callback.sudo()  # its state, whoever may read the leading one
        if known.state == "cancelled":
            raise UserError(
                self.env._(
                    "%(callback)s was cancelled, so nobody talks with the customer"
                    " about it.",
                    callback=callback.display_name,
                )
            )
        is_maker = known.made_by_id == self.env.user
        if known.state in DONE_STATES and not is_maker and not self._is_supervisor():
            raise AccessError(
                self.env._(
                    "%(callback)s was made by %(user)s, who adds what was said, or a"
                    " supervisor.",
                    callback=callback.display_name,
                    user=known.made_by_id.name or self.env._("somebody else"),
                )
            )
        return callback

    @api.model_create_multi
    def create(self, vals_list):
        results = super().create(vals_list)
        for result in results:
            result._begin_following()
        return results

    def _begin_following(self):
        """Begin what follows from a result that was noted; may be extended."""
        self.ensure_one()
        if self.kind == "opportunity":
            self._begin_opportunity()
        elif self.kind == "referral":
            self._begin_referral()
        elif self.kind == "promise":
            self._begin_promise()

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_take_back(self):
        """Take back what was noted by mistake, and what it has begun.

        :raise UserError: it is somebody else's, or the talk or the promised time is
            over
        """
        for result in self:
            if result._is_late() and not self.env.su:
                raise UserError(
                    self.env._(
                        "%(result)s stays: the promised time is over, and that counts."
                        " Answer the customer, and write down what they were told.",
                        result=result.display_name,
                    )
                )
            if not result._may_take_back():
                raise UserError(
                    self.env._(
                        "%(result)s stays: only who has noted it takes it back, and"
                        " only until the callback is finished.",
                        result=result.display_name,
                    )
                )
            result.check_access("write")
        # nobody deletes results by hand; the right was checked
        gone = self.sudo()
        gone._trace_taken_back()
        begun = gone._get_begun()
        gone.unlink()
        for records in begun:
            records.unlink()
        return {"type": "ir.actions.act_window_close"}

    def _trace_taken_back(self):
        """Keep in the trace of the callback what results (sudo) said, and of whom."""
        self._create_traces(
            [
                {
                    **result._prepare_trace(name, result[name], False),
                    "res_model": result.callback_id._name,
                    "res_id": result.callback_id.id,
                    "part": result.display_name,
                }
                for result in self
                for name in SAID
                if result[name]
            ]
        )

    def _get_begun(self):
        """Return what goes with the results, a list of recordsets (sudo)."""
        return [self.task_id, self.referred_partner_id, self._get_leads()]

    def action_open_callback(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Callback"),
            "res_model": "revisit.callback",
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": self.callback_id.id,
        }
