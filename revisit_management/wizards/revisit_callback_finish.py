# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..tools.fields import OptionalFloat, OptionalInteger
from ..tools.terms import OUTCOMES

# context key of a form that the console has opened over itself
OVER_CONSOLE = "revisit_over_console"
# outcomes of an attempt that did not reach the customer
FAILED_OUTCOMES = [
    (outcome, label)
    for outcome, label in OUTCOMES
    if outcome not in ("reached", "refused")
]


class RevisitCallbackFinish(models.TransientModel):
    """Records what the customer said and finishes the contact.

    It requires the proof of the conversation, by the strictest rule of all callbacks
    that are finished together, and names that rule. Nothing is logged before *Finish*.

    Where the console shows what comes next, the result may be taken back for as long as
    its own outcomes: the form is kept as it was filled in, and opened again. *Finish*
    on the callback itself records it at once, as everywhere in Odoo.
    """

    _name = "revisit.callback.finish"
    _description = "Record the Result of a Callback"
    # what may still be taken back outlives a server that stands still
    _transient_max_hours = 7 * 24

    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, readonly=True
    )
    channel = fields.Selection(related="callback_id.channel")
    about_text = fields.Char(related="callback_id.about_text")
    policy_id = fields.Many2one(related="callback_id.policy_id")
    is_confirming = fields.Boolean(compute="_compute_is_confirming")
    result = fields.Selection(
        selection=[
            ("reached", "Customer Reached"),
            ("not_reached", "Customer Not Reached"),
            ("refused", "Customer Refused"),
        ],
        compute="_compute_result",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    satisfaction = OptionalFloat(digits=(5, 2))
    quality = OptionalFloat(string="Product Quality", digits=(5, 2))
    attitude = OptionalFloat(string="Service Attitude", digits=(5, 2))
    efficiency = OptionalFloat(string="Service Efficiency", digits=(5, 2))
    nps = OptionalInteger(string="Recommendation (0-10)")
    feedback = fields.Text(
        compute="_compute_draft",
        store=True,
        readonly=False,
        precompute=True,
        help="What the customer said, in their words.",
    )
    customer_confirmed = fields.Selection(
        selection=[("yes", "Solved"), ("no", "Not Solved")],
        string="Is the Issue Solved?",
    )
    signature = fields.Binary()
    signature_refused = fields.Boolean(string="Refused to Sign")
    outcome = fields.Selection(
        selection=FAILED_OUTCOMES,
        string="How It Went",
        help="Why the customer was not reached; logged as the attempt.",
    )
    file_ids = fields.Many2many(
        comodel_name="ir.attachment",
        relation="revisit_callback_finish_file_rel",
        string="Copy of the Letter or Card",
    )
    needs_signature = fields.Boolean(compute="_compute_evidence")
    may_refuse_signature = fields.Boolean(compute="_compute_evidence")
    needs_file = fields.Boolean(compute="_compute_evidence")
    needs_outcome = fields.Boolean(compute="_compute_evidence")
    evidence_text = fields.Char(string="Proof", compute="_compute_evidence")
    tries_wanted = fields.Integer(
        compute="_compute_tries_wanted",
        help="How many tries the policy wants, where there were too few so far.",
    )
    is_periodic = fields.Boolean(related="callback_id.is_periodic")
    next_due_on = fields.Date(
        string="Next Callback On",
        help="As agreed with the customer. Empty: as the policy says.",
    )
    chain_next_text = fields.Char(related="callback_id.chain_next_text")
    chain_reason = fields.Text(
        string="Not Settled: Call Again, Because",
        help="Plans another callback about the same matter. Empty: nothing is planned.",
    )
    line_ids = fields.One2many(
        comodel_name="revisit.callback.finish.line",
        inverse_name="wizard_id",
        string="Made in the Same Contact",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
    )

    questions = fields.Json(compute="_compute_questions")
    has_questions = fields.Boolean(compute="_compute_questions")
    answers = fields.Json(
        compute="_compute_draft",
        store=True,
        readonly=False,
        precompute=True,
        help="What was answered, by the key of the question.",
    )
    asks_roles = fields.Boolean(compute="_compute_roles")
    roles_left = fields.Char(string="Still to Interview", compute="_compute_roles")
    role_id = fields.Many2one(comodel_name="revisit.contact.role", string="Asked As")
    interviewee_id = fields.Many2one(
        comodel_name="res.partner",
        string="Interviewed",
        domain="[('id', 'child_of', commercial_partner_id)]",
    )
    commercial_partner_id = fields.Many2one(related="callback_id.commercial_partner_id")
    has_confirming_line = fields.Boolean(compute="_compute_has_confirming_line")

    @api.depends("callback_id")
    def _compute_result(self):
        for wizard in self:
            callback = wizard.callback_id
            wizard.result = callback._get_result() if callback else False

    @api.depends("callback_id")
    def _compute_line_ids(self):
        for wizard in self:
            followers = wizard.callback_id._get_followers()
            wizard.line_ids = [Command.clear()] + [
                Command.create({"callback_id": follower.id})
                for follower in followers.sorted(lambda c: (c.window_end, c.id))
            ]

    # does not depend on the rows: typing in one would then call the server, whose
    # answer redraws the form while the user goes on typing
    @api.depends("callback_id")
    def _compute_has_confirming_line(self):
        for wizard in self:
            followers = wizard.callback_id._get_followers()
            wizard.has_confirming_line = bool(followers._get_asked_to_confirm())

    @api.depends("callback_id")
    @api.depends_context("lang")
    def _compute_questions(self):
        for wizard in self:
            callback = wizard.callback_id
            together = callback._get_finished_together() if callback else callback
            # one conversation, whoever may read which part of it
            wizard.questions = together.sudo()._get_questionnaire()
            wizard.has_questions = any(
                question["key"].startswith(f"{callback.id}:")
                for question in wizard.questions or ()
            )

    @api.depends("callback_id")
    def _compute_draft(self):
        """Go on where the last talk was broken off."""
        for wizard in self:
            callback = wizard.callback_id
            draft = callback and callback._get_draft() or {}
            wizard.answers = draft.get("answers") or False
            wizard.feedback = (draft.get("measures") or {}).get("feedback") or False

    @api.depends("callback_id")
    def _compute_roles(self):
        for wizard in self:
            # one conversation, whoever may read which part of it
            callback = wizard.callback_id.sudo()
            asked = (
                callback._get_roles_to_ask()
                if callback
                else callback.env["revisit.contact.role"]
            )
            reached = callback._get_conversation().answer_ids.role_id
            wizard.asks_roles = bool(asked)
            wizard.roles_left = ", ".join((asked - reached).mapped("name"))

    @api.depends("callback_id")
    def _compute_is_confirming(self):
        for wizard in self:
            wizard.is_confirming = bool(wizard.callback_id._get_asked_to_confirm())

    @api.depends("callback_id")
    @api.depends_context("lang")
    def _compute_evidence(self):
        for wizard in self:
            callback = wizard.callback_id
            together = callback._get_finished_together() if callback else callback
            # rules of the whole contact, whoever may read which part of it
            rules = together.sudo()._get_evidence_rules()
            signing = rules.get("signature", callback.browse())
            # sudo: earlier signatures and files count, whoever added them
            everything = (together._get_leaders() | together).sudo()
            wizard.needs_signature = bool(signing) and not any(
                everything.mapped("signature")
            )
            wizard.may_refuse_signature = (
                wizard.needs_signature and together._may_refuse_signature()
            )
            wizard.needs_file = "file" in rules and not everything._has_attachment()
            wizard.needs_outcome = bool(callback) and not everything.attempt_ids
            wizard.evidence_text = wizard._get_evidence_text(together, signing)

    @api.depends("callback_id", "result", "needs_outcome")
    def _compute_tries_wanted(self):
        for wizard in self:
            # rules of the whole contact, whoever may read which part of it
            callbacks = wizard.callback_id.sudo()
            if callbacks:
                callbacks = callbacks._get_finished_together()
            short = callbacks.filtered(
                lambda c, about=int(wizard.needs_outcome): c._count_tries_left() > about
            )
            wizard.tries_wanted = max(short.policy_id.mapped("tries_wanted"), default=0)

    def _get_evidence_text(self, together, signing):
        """Return a text that names the callback whose rule requires the signature."""
        if not signing or len(together) == 1 or not self.needs_signature:
            return False
        strictest = signing._find_strictest(signing)
        if self.may_refuse_signature:
            return self.env._(
                "The signature, or the recorded refusal, counts for all. Asked for by:"
                " %(callback)s",
                callback=strictest._get_row_name(),
            )
        return self.env._(
            "The signature counts for all; it may not be refused. Asked for by:"
            " %(callback)s",
            callback=strictest._get_row_name(),
        )

    def action_finish(self):
        """Finish the callback; measures are only kept if the customer was reached.

        The attempt is logged in the same step, and determines the contact's result.
        """
        self.ensure_one()
        return self._press() if self._is_over_console() else self._finish()

    def _press(self):
        """Let it be taken back for some seconds, see ``revisit.pending.outcome``."""
        leader = self.callback_id._get_leaders()
        outcome = self.result
        if outcome == "not_reached":
            outcome = self.outcome or leader.attempt_ids[:1].outcome or "no_answer"
        self.env["revisit.console"]._press_form(leader, outcome, self.id)
        return True

    def _finish(self):
        self.callback_id._check_is_open()
        self._attach_files()
        self._log_outcome()
        names = self.callback_id._get_result_fields()
        if self.result != "reached":
            names = ["feedback"]
        values = {name: self[name] for name in names if self[name] is not False}
        if self.next_due_on:
            values["next_due_on"] = self.next_due_on
        answers = None
        if self.result == "reached" and self.questions:
            answers = self.answers or {}
        result = self.callback_id.action_done(
            result=self.result,
            others=self._get_others(names),
            answers=answers,
            role_id=self.role_id.id,
            interviewee_id=self.interviewee_id.id,
            **values,
        )
        if self.chain_reason and self.result == "reached":
            self.callback_id._chain_talk({self.callback_id.id: self.chain_reason})
        return result

    def action_finish_next(self):
        """Finish the callback, and open the next one.

        The console that opened the form shows the next customer itself.
        """
        self.ensure_one()
        if self.env.user.has_group("revisit_management.group_agent"):
            self._press()
        else:
            self._finish()
        if self._is_over_console():
            return {"type": "ir.actions.act_window_close"}
        return self.callback_id.action_open_next()

    def action_next_person(self):
        """Keep what one person answered, and ask the next one."""
        self.ensure_one()
        self.callback_id.action_answer(
            self.answers, role_id=self.role_id.id, interviewee_id=self.interviewee_id.id
        )
        action = self.callback_id.action_open_finish()
        if self._is_over_console():
            action["context"] = {**action["context"], OVER_CONSOLE: True}
        return action

    @api.model
    def _is_over_console(self):
        """Return whether the form is a window of the console, which is still there."""
        # any client may set this key: it only decides what is shown next
        return bool(self.env.context.get(OVER_CONSOLE))

    def _log_outcome(self):
        if self.result == "not_reached" and self.needs_outcome and not self.outcome:
            raise UserError(
                self.env._(
                    "%(callback)s: say how it went, e.g. No Answer; it is logged as"
                    " the attempt.",
                    callback=self.callback_id._get_row_name(),
                )
            )
        self.callback_id._log_outcome(self.result, self.outcome)

    def _attach_files(self):
        """Attach the copies to the callback, as they prove what was sent."""
        if self.file_ids:
            self.file_ids.write(
                {
                    "res_model": self.callback_id._name,
                    "res_id": self.callback_id._get_leaders().id,
                }
            )

    def _get_others(self, names):
        """Return the followers' own answers; empty ones are as the leader's."""
        return {
            line.callback_id.id: line._get_answers(names)
            for line in self.line_ids
            if line._get_answers(names)
        }

    def action_finish_and_issue(self):
        """Finish the callback and open a new issue about what went wrong."""
        said = self._get_all_feedback()
        self._finish()
        action = self.callback_id.action_raise_issue()
        if self._is_over_console():
            # once the issue is saved, the console goes on
            action["target"] = "new"
        if said:
            action["context"] = {**action["context"], "default_description": said}
        return action

    def _get_all_feedback(self):
        """Return all feedback that was typed, each under the reason it is about."""
        parts = [self.feedback] if self.feedback else []
        parts += [
            f"{line.callback_id._get_row_name()}: {line.feedback}"
            for line in self.line_ids
            if line.feedback
        ]
        return "\n".join(parts)


class RevisitCallbackFinishLine(models.TransientModel):
    """What the customer said about another reason of the same contact."""

    _name = "revisit.callback.finish.line"
    _description = "Result of a Callback Made in the Same Contact"

    wizard_id = fields.Many2one(
        comodel_name="revisit.callback.finish", required=True, ondelete="cascade"
    )
    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, readonly=True
    )
    policy_id = fields.Many2one(related="callback_id.policy_id")
    source_name = fields.Char(related="callback_id.source_name")
    about_text = fields.Char(related="callback_id.about_text")
    is_confirming = fields.Boolean(compute="_compute_is_confirming")
    satisfaction = OptionalFloat(digits=(5, 2))
    quality = OptionalFloat(string="Product Quality", digits=(5, 2))
    attitude = OptionalFloat(string="Service Attitude", digits=(5, 2))
    efficiency = OptionalFloat(string="Service Efficiency", digits=(5, 2))
    feedback = fields.Text()
    customer_confirmed = fields.Selection(
        selection=[("yes", "Solved"), ("no", "Not Solved")],
        string="Is the Issue Solved?",
    )

    @api.depends("callback_id")
    def _compute_is_confirming(self):
        for line in self:
            line.is_confirming = bool(line.callback_id._get_asked_to_confirm())

    def _get_answers(self, names):
        return {
            name: self[name]
            for name in names
            if name in self._fields and self[name] is not False
        }
