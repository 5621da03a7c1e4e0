# Part of Revisit. See LICENSE file for full copyright and licensing details.

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.terms import (
    ANSWERS,
    DONE_STATES,
)
from ...tools.values import NOTE_SIZE


class RevisitCallback(models.Model):
    """What happens to a callback after it was made: review, and what follows from it.

    Sending it back is in ``revisit.redone.mixin``, unlocking and correcting it in
    ``revisit.corrected.mixin``. Also cancelling callbacks that are not made; reopening
    them is in ``revisit.by.hand.mixin``. Scores count an answer as soon as the callback
    is made: from then on every change of it is traced.
    """

    _inherit = "revisit.callback"  # pylint: disable=consider-merging-classes-inherited

    _traced = {
        *ANSWERS,
        "active",
        "channel",
        "done_at",
        "made_by_id",
        "next_due_on",
        "planned_at",
        "product_id",
        "result",
        "review_note",
        "review_verdict",
    }

    _server_owned = {
        "review_note",
        "review_verdict",
        "reviewed_at",
        "reviewed_by_id",
        "sealed_files",
    }

    review_verdict = fields.Selection(
        selection=[
            ("passed", "Passed"),
            ("redo", "To Be Redone"),
            ("failed", "Failed"),
        ],
        readonly=True,
        copy=False,
    )
    review_note = fields.Text(string="Guidance", readonly=True, copy=False)
    reviewed_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, ondelete="restrict"
    )
    reviewed_at = fields.Datetime(readonly=True, copy=False)
    issue_ids = fields.One2many(
        comodel_name="revisit.issue", inverse_name="callback_id"
    )
    issue_count = fields.Integer(compute="_compute_issue_count")
    is_mandatory = fields.Boolean(related="policy_id.is_mandatory")
    cancel_note = fields.Text(
        string="Why Cancelled", readonly=True, copy=False, tracking=True
    )
    sealed_files = fields.Json(
        readonly=True,
        copy=False,
        help="The files that belonged to the callback when it was reviewed.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_issue_count(self):
        counts = dict(
            self.env["revisit.issue"]._read_group(
                [("callback_id", "in", self.ids)], ["callback_id"], ["__count"]
            )
        )
        for callback in self:
            callback.issue_count = counts.get(callback, 0)

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_made(self):
        late = self.filtered(lambda callback: callback._is_late())
        if late and not self.env.su:
            raise UserError(
                self.env._(
                    "%(callback)s is late, and stays. Cancel it with a reason, if it is"
                    " not needed.",
                    callback=late[0].display_name,
                )
            )
        made = self.filtered(lambda callback: callback.state in DONE_STATES)
        if made:
            raise UserError(
                self.env._(
                    "%(callback)s was made and counts in scores, so it stays."
                    " Archive it if it should no longer be listed.",
                    callback=made[0].display_name,
                )
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_review(self):
        self.ensure_one()
        self._check_may_review()
        self._check_reviewable()
        return self._get_dialog("revisit.callback.review", self.env._("Review"))

    def action_review(self, verdict="passed", note=""):
        """Review finished callbacks: lock them, or send them back to their makers.

        :param verdict: ``passed``, ``redo`` or ``failed``
        :param note: guidance for the agent, required unless it has passed
        """
        self._check_may_review()
        verdict, note = self._read_review(verdict, note)
        self._check_reviewable()
        self.check_access("write")
        review = {
            "review_verdict": verdict,
            "review_note": note,
            "reviewed_by_id": self.env.uid,
            "reviewed_at": fields.Datetime.now(),
        }
        if verdict == "redo":
            self._send_back(review)
            return True
        self._check_signed()
        self._file_reports(verdict)
        self._seal_files()
        # a review is entered by this step alone; checked above
        self.sudo().write({**review, "state": "reviewed", "unlocked_parts": False})
        self._end_redo()
        return True

    def _read_review(self, verdict, note):
        """Return verdict and guidance, as they came from outside."""
        reader, field = self.env["revisit.reader"], self._fields["review_verdict"]
        label = reader._get_label(self, "review_verdict")
        verdict = reader._read_choice(label, field, verdict)
        if not verdict:
            raise UserError(
                self.env._("The verdict is passed, to be redone (redo) or failed.")
            )
        label = reader._get_label(self, "review_note")
        note = reader._read_text(label, note, NOTE_SIZE)
        if verdict == "redo" and not note:
            raise UserError(self.env._("Say what is to be redone."))
        if verdict == "failed" and not note:
            raise UserError(
                self.env._("Say why it has failed: whoever made it reads the reason.")
            )
        return verdict, note

    def _check_reviewable(self):
        for callback in self:
            if callback.state == "reviewed":
                raise UserError(
                    self.env._(
                        "%(callback)s was reviewed by %(user)s, on %(moment)s.",
                        callback=callback.display_name,
                        # who has reviewed it stands on it
                        user=callback.sudo().reviewed_by_id.name,
                        moment=callback._format_time(callback.reviewed_at),
                    )
                )
            if callback.state != "done":
                raise UserError(
                    self.env._(
                        "%(callback)s is not finished, so it cannot be reviewed yet.",
                        callback=callback.display_name,
                    )
                )

    def action_review_passed(self):
        """Button: review without a note."""
        return self.action_review("passed")

    def action_open_issues(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_issue_action"
        )
        return {
            **action,
            "domain": [("callback_id", "=", self.id)],
            "context": {**self._get_issue_defaults(), "create": True},
        }

    def action_raise_issue(self):
        """Button: open a new issue, prefilled with what the callback knows."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Issue"),
            "res_model": "revisit.issue",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
            "context": self._get_issue_defaults(),
        }

    def action_open_cancel(self):
        """Button: ask for the reason before callbacks are cancelled."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel Callback"),
            "res_model": "revisit.callback.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {"default_callback_ids": self.ids},
        }

    def action_cancel(self, reason=None):
        """Cancel open callbacks; the planner leaves them alone from then on.

        :param reason: text, required for mandatory, late and nearly late callbacks
        """
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(
                self.env._(
                    "Only supervisors cancel callbacks. Tell yours why this one is not"
                    " needed."
                )
            )
        self._check_is_open()
        self.check_access("write")
        self._check_cancelled_by_another()
        note = self._get_cancel_note(reason)
        before = {c: {"state": c.state} for c in self}
        self.sudo().write(  # only steps may set states; checked above
            {
                "state": "cancelled",
                "cancel_reason": "person",
                "cancel_note": note,
                "contact_id": False,
                "draft": False,
            }
        )
        self._leave_traces(before)
        self.sudo()._hand_over_contacts()  # followers may be another unit's
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_issue_defaults(self):
        return {
            "default_callback_id": self.id,
            "default_intake": "callback",
            "default_partner_id": self.partner_id.id,
            "default_product_id": self.product_id.id,
            "default_dealer_id": self.dealer_id.id,
            "default_team_id": self.team_id.id,
            "default_company_id": self.company_id.id,
            # what the customer said is prefilled in the issue: nobody types it twice
            "default_description": self.feedback or False,
        }

    def _check_cancelled_by_another(self):
        """Refuse to cancel one's own callbacks that are late, or nearly."""
        if self.env.su or self.env.user.has_group("revisit_management.group_manager"):
            return
        hasty, user = self._get_hasty(), self.env.user
        own = hasty.filtered(lambda c: user in c.user_id | c.resp_user_id)
        if own:
            raise UserError(
                self.env._(
                    "%(callback)s is late or nearly, and yours: a callback manager"
                    " decides whether it is cancelled.",
                    callback=own[0].display_name,
                )
            )

    def _get_cancel_note(self, reason):
        """Return the reason of a cancellation, or False.

        :raise UserError: the reason is mandatory and missing
        """
        note = reason.strip() if isinstance(reason, str) else ""
        mandatory = self.filtered("is_mandatory")
        if mandatory and not note and not self.env.su:
            raise UserError(
                self.env._(
                    "%(callback)s is mandatory: say why it is cancelled.",
                    callback=mandatory[0].display_name,
                )
            )
        hasty = self._get_hasty()
        if hasty and not note and not self.env.su:
            raise UserError(
                self.env._(
                    "%(callback)s is late, or nearly: say why it is not made any more.",
                    callback=hasty[0].display_name,
                )
            )
        return note or False

    def _filter_traced(self):
        """Return finished callbacks: only they have answers that count."""
        return super()._filter_traced().filtered(lambda c: c.state in DONE_STATES)

    def _get_files_traced(self):
        return super()._get_files_traced() | self._filter_traced()

    def _check_may_review(self):
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(self.env._("Only supervisors review callbacks."))
        self._check_review_role()
        own = self.filtered(lambda callback: callback.made_by_id == self.env.user)
        if own and not self.env.user.has_group("revisit_management.group_manager"):
            raise UserError(
                self.env._(
                    "%(callback)s was made by yourself: somebody else reviews it.",
                    callback=own[0].display_name,
                )
            )
        # the supervisor need not have access to the issue that it verifies
        verified = self.sudo().filtered(lambda c: c._is_own_of(self.env.user))
        if verified and self.env.uid != SUPERUSER_ID:
            raise UserError(
                self.env._(
                    "%(callback)s verifies what you did yourself: somebody else"
                    " reviews it.",
                    callback=verified[0].display_name,
                )
            )

    def _is_confirming(self):
        """Return whether the customer is asked to confirm that a matter is settled."""
        self.ensure_one()
        # after a survey, too, the customer says whether the matter is settled
        if self.source_model == "survey.user_input":
            return True
        if self.source_model != "revisit.issue":
            return False
        # the agent who calls need not have access to the department's issue
        issue = self.env["revisit.issue"].sudo().browse(self.source_id).exists()
        return issue.state in ("resolved", "confirmed", "closed")

    def _settle_verdicts(self, said):
        """Return what was said, with the verdicts that follow from the answers.

        :param said: ``{callback: {field: value}}``
        :raise UserError: an answer and the verdict contradict each other
        """
        settled = dict(said)
        for callback, question, value in self._get_resolutions():
            verdict = "yes" if value == 100 else "no"
            told = settled[callback].get("customer_confirmed")
            if told and told != verdict:
                raise UserError(
                    self.env._(
                        "%(question)s: the answer contradicts what you chose beside it,"
                        " whether the matter is solved. Correct one of them.",
                        question=question.title,
                    )
                )
            settled[callback] = {**settled[callback], "customer_confirmed": verdict}
        return settled

    def _get_asked_to_confirm(self):
        """Return the callbacks that ask for a verdict beside their questions.

        Where a question settles the matter, nobody is asked a second time.
        """
        confirming = self.filtered(lambda callback: callback._is_confirming())
        if not confirming:
            return confirming
        # one conversation, whoever may read which part of it
        contact = confirming.sudo()._get_conversation()
        return confirming - contact._get_settled_by_answers()

    def _is_settling(self, entry):
        """Return whether the answer is the customer's verdict on a matter."""
        return entry.question.measure_id.is_resolution and any(
            callback._is_confirming() for callback in entry.callbacks
        )

    def _is_demanded(self, entry, said):
        """Return whether a question has to be answered: by the rulebook, or as verdict.

        :param said: see :meth:`_settle_verdicts`; a program may tell the verdict itself
        """
        return entry.question.constr_mandatory or (
            self._is_settling(entry)
            and not said.get(entry.callbacks[0], {}).get("customer_confirmed")
        )

    def _asks_verdict(self):
        """Return whether the verdict is asked for beside the questions."""
        self.ensure_one()
        return bool(self._get_asked_to_confirm())

    def _get_settled_by_answers(self):
        """Return the callbacks whose verdict is one of the questions already."""
        entries = [
            entry
            for entry in self._get_asked()
            if entry.question.measure_id.is_resolution
        ]
        return self.browse().union(*(entry.callbacks for entry in entries))

    def _get_resolutions(self):
        """Return ``[(callback, question, value)]`` of answers that settle a matter."""
        found = []
        for entry in self._get_asked():
            if not entry.question.measure_id.is_resolution:
                continue
            rows = entry.callbacks[0].answer_ids.filtered(
                lambda a, q=entry.question: a.question_id == q and a.value is not False
            )
            found += [
                (callback, entry.question, min(rows.mapped("value")))
                for callback in entry.callbacks
                if rows and callback._is_confirming()
            ]
        return found

    def _callbacks_done(self):
        """Hook: called once with callbacks that were just finished."""
        self._follow_verdicts()
        self.env["revisit.planner"]._poke()

    def _follow_verdicts(self):
        """Let surveys and issues follow what the customer says of their solution."""
        self._ask_surveyed_again()
        issue_callbacks = self.filtered(
            lambda callback: (
                callback.source_model == "revisit.issue" and callback.customer_confirmed
            )
        )
        for callback in issue_callbacks:
            # the agent who calls need not have access to the department's issue
            issue = self.env["revisit.issue"].sudo().browse(callback.source_id).exists()
            # a call while the issue is being worked on decides nothing yet
            if callback.customer_confirmed == "no":
                issue.filtered(
                    lambda issue: issue.state in ("resolved", "confirmed", "closed")
                )._action_reject(callback)
            else:
                issue.filtered(lambda issue: issue.state == "resolved")._action_confirm(
                    callback
                )

    def _ask_surveyed_again(self):
        """Let another callback follow a survey whose matter is not settled."""
        for callback in self:
            if (
                callback.source_model == "survey.user_input"
                and callback.customer_confirmed == "no"
                # the rule holds, whoever may read the policy
                and not callback.sudo()._chain_unsettled()
            ):
                # agents may not read the surveys themselves
                answers = self.env["survey.user_input"].sudo()
                answer = answers.browse(callback.source_id).exists()
                answer._ask_again(callback.done_at)

    # ------------------------------------------------------------
    # FILES
    # ------------------------------------------------------------

    def _get_file_owners(self):
        """Include the attempts: their recordings belong to the callback as well."""
        owners = super()._get_file_owners()
        # files of attempts count, whoever may read the attempts
        attempts = self.sudo().attempt_ids
        owners["revisit.attempt"] = {a.id: a.callback_id.id for a in attempts}
        return owners

    def _check_files_kept(self, files):
        result = super()._check_files_kept(files)
        made = self.filtered(lambda callback: callback.state in DONE_STATES)
        if made and not self.env.user.has_group("revisit_management.group_supervisor"):
            mine = files.filtered(lambda file: file.res_id in made._ids)
            if mine and self.env.uid != SUPERUSER_ID:
                raise UserError(
                    self.env._(
                        "%(file)s belongs to a callback that was made, so it stays."
                        " Ask your supervisor if it has to go.",
                        file=mine[0].name,
                    )
                )
        return result
