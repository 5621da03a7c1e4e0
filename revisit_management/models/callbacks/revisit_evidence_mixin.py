# Part of Revisit. See LICENSE file for full copyright and licensing details.
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools import marks
from ...tools.terms import (
    ANSWER_CHANNELS,
    MEASURES,
    PAPER_CHANNELS,
    PERSONAL_CHANNELS,
    TALK_CHANNELS,
)


class RevisitEvidenceMixin(models.AbstractModel):
    """What proves a conversation: checked once for all callbacks made in it.

    A contact is one conversation with one customer. The proof (the logged attempt,
    the signature, the copy of a letter, an answer) is required once, by the
    strictest rule of the callbacks that are finished together, and counts for all
    of them. It is stored on the leading callback, which has the attempts of the
    contact.
    """

    _name = "revisit.evidence.mixin"
    _description = "Proof of a Conversation"

    about_text = fields.Char(
        string="About",
        compute="_compute_about_text",
        compute_sudo=True,
        help="The document, the product and the day of the event: what tells the"
        " reasons of one conversation apart.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("source_name", "partner_id", "product_id", "event_at", "company_id")
    @api.depends_context("lang")
    def _compute_about_text(self):
        for callback in self:
            callback.about_text = " · ".join(callback._get_about_parts())

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_about_parts(self):
        """Return document, product and day of the event, leaving out missing ones."""
        self.ensure_one()
        product = self.product_id.with_context(display_default_code=False).display_name
        parts = [self.source_name, product]
        if self.source_name == self.partner_id.display_name:
            # planned for the customer without a document: the name is shown already
            parts = [product]
        elif product and product in (self.source_name or ""):
            parts = [self.source_name]
        if self.event_at:
            parts.append(format_date(self.env, self._to_local(self.event_at).date()))
        return [part for part in parts if part]

    def _get_row_name(self):
        """Return a name that is unique within the contact."""
        self.ensure_one()
        about = self.about_text
        return f"{self.display_name} ({about})" if about else self.display_name

    @contextmanager
    def _naming_row(self, contact):
        """Name the callback in errors that would not say which of several it is."""
        try:
            yield
        except UserError as error:
            name = self._get_row_name()
            if len(contact) < 2 or name in str(error):
                raise
            raise type(error)(f"{name}: {error}") from error

    # ------------------------------------------------------------
    # WHAT IS REQUIRED
    # ------------------------------------------------------------

    def _get_finished_together(self):
        """Return the callbacks that finishing this one finishes, itself first."""
        self.ensure_one()
        # it is one conversation, whoever may read which part of it
        return self | self.sudo()._get_followers().sorted(
            lambda c: (c.window_end, c.id)
        )

    def _get_evidence_rules(self):
        """Return which proof a conversation about ``self`` needs, and which need it.

        :return: {kind: callbacks}; the kinds are ``attempt``, ``signature``,
            ``file`` and ``answer``
        """
        rules = {}
        for callback in self:
            kind = callback._get_evidence_kind()
            if kind:
                rules[kind] = rules.get(kind, self.browse()) | callback
        return rules

    def _get_evidence_kind(self):
        """Return the kind of proof that the channel and the policy require."""
        self.ensure_one()
        if self.channel in TALK_CHANNELS:
            return "attempt"
        if self.channel in PAPER_CHANNELS:
            return "file"
        if self.channel in ANSWER_CHANNELS:
            return "answer"
        # the policy's rule applies to agents, who need not have access to it
        rule = self.policy_id.sudo().signature_rule
        return "signature" if rule != "none" else False

    def _may_refuse_signature(self):
        """Return whether the recorded refusal proves a visit about all of ``self``."""
        asking = self._get_evidence_rules().get("signature", self.browse())
        return bool(asking) and all(
            # the policy's rule applies to agents, who need not have access to it
            callback.policy_id.sudo().signature_rule == "refusal"
            for callback in asking
        )

    # ------------------------------------------------------------
    # WHAT IS RECORDED
    # ------------------------------------------------------------

    def _get_result(self):
        """Return the result that follows from the attempts of the contact."""
        self.ensure_one()
        outcomes = self._get_leaders().attempt_ids.mapped("outcome")
        if "reached" in outcomes:
            return "reached"
        if "refused" in outcomes:
            return "refused"
        return "not_reached" if outcomes else "reached"

    def _share_evidence(self):
        """Copy the signature, or the refusal to sign, to all of ``self``."""
        everything = self._get_leaders() | self
        signed = everything.filtered("signature")[:1]
        refusing = everything.filtered("signature_refused")[:1]
        for callback in self._get_evidence_rules().get("signature", self.browse()):
            if signed and not callback.signature:
                callback.signature = signed.with_context(bin_size=False).signature
            if refusing and not signed and not callback.signature_refused:
                callback.signature_refused = True

    def _check_evidence(self, result):
        """Raise unless the conversation about ``self`` is proved.

        :param self: callbacks of one contact that are finished with one result
        :raise UserError: proof is missing; names the callback that requires it
        """
        attempts = self._get_leaders().attempt_ids
        if result != "reached":
            self._check_not_reached(attempts, result)
            return
        self._check_reached(attempts)
        for kind, asking in self._get_evidence_rules().items():
            message = getattr(self, f"_get_missing_{kind}")(attempts)
            if message:
                self._refuse_evidence(self._find_strictest(asking), message)

    def _check_reached(self, attempts):
        """Refuse a talk of which the attempts know nothing, unless it was signed."""
        talks = self.filtered(lambda callback: callback.channel in PERSONAL_CHANNELS)
        tried = attempts.mapped("outcome")
        is_signed = any((self._get_leaders() | self).mapped("signature"))
        if talks and tried and "reached" not in tried and not is_signed:
            self._refuse_evidence(talks[0], self._get_missing_attempt(attempts))

    def _check_not_reached(self, attempts, result):
        # who has refused on a page of theirs was not called, so nothing was tried
        if not attempts and not marks.read(self.env, marks.REFUSED):
            self._refuse_evidence(
                self[0],
                self.env._(
                    "log the attempts that failed first; they prove that somebody"
                    " tried."
                ),
            )
        # one that was just logged stands at the end of what is read already
        newest = attempts.sorted(lambda attempt: (attempt.at, attempt.id))[-1:]
        if result == "not_reached" and newest.outcome == "reached":
            self._refuse_evidence(
                self[0],
                self.env._(
                    "the newest attempt says that the customer was reached. Record what"
                    " they said, or log the attempt that failed since."
                ),
            )
        answered = self.filtered(lambda callback: callback._has_answer())
        if answered:
            self._refuse_evidence(
                answered[0],
                self.env._(
                    "a customer who was not reached gave no answers. Leave the"
                    " measures empty, or correct the result."
                ),
            )

    def _refuse_evidence(self, callback, message):
        if self.env.user.share and len(self) == 1:
            # a dealer has only this one on the page
            raise UserError(message[:1].upper() + message[1:])
        raise UserError(
            self.env._(
                "%(callback)s: %(message)s",
                callback=callback._get_row_name(),
                message=message,
            )
        )

    def _find_strictest(self, asking):
        """Return the callback to name: the first whose rule has no exception."""
        strict = asking.filtered(
            # the policy's rule applies to agents, who need not have access to it
            lambda callback: callback.policy_id.sudo().signature_rule == "required"
        )
        return (strict or asking)[0]

    def _get_missing_attempt(self, attempts):
        if "reached" in attempts.mapped("outcome"):
            return False
        return self.env._(
            "log the attempt in which the customer was reached before you finish the"
            " callback."
        )

    def _get_missing_signature(self, _attempts):
        everything = self._get_leaders() | self
        if any(everything.mapped("signature")):
            return False
        if not self._may_refuse_signature():
            return self.env._("a visit needs the customer's signature.")
        if any(c.signature_refused and c.feedback for c in everything):
            return False
        return self.env._(
            "a visit needs the customer's signature, or the recorded refusal with its"
            " reason in the feedback."
        )

    def _get_missing_file(self, _attempts):
        if (self._get_leaders() | self)._has_attachment():
            return False
        return self.env._("attach the copy of the letter or card.")

    def _get_missing_answer(self, _attempts):
        if any(callback._has_answer() for callback in self) or self._has_told():
            return False
        return self.env._("record at least one of the customer's answers.")

    def _has_answer(self):
        self.ensure_one()
        figures = (self[name] is not False for name in (*MEASURES, "nps"))
        return any(figures) or bool(self.answer_ids or self.customer_confirmed)

    def _has_attachment(self):
        """Return whether a file, and not merely a field's own, lies with ``self``."""
        domain = [
            ("res_model", "=", self._name),
            ("res_id", "in", self.ids),
            ("res_field", "=", False),
        ]
        # a dealer's user may not read attachments, but has attached them
        return bool(self.env["ir.attachment"].sudo().search_count(domain, limit=1))

    # ------------------------------------------------------------
    # WHAT FINISHING LOGS
    # ------------------------------------------------------------

    def _log_outcome(self, result, outcome=False):
        """Log how the contact went, unless its attempts show it already.

        Called by the step that finishes the conversation, so that a discarded form
        leaves nothing behind, and a customer who refused is not logged as "reached".

        :param outcome: why the customer was not reached, e.g. ``no_answer``
        """
        self.ensure_one()
        attempts = self._get_leaders().attempt_ids
        logged = set(attempts.mapped("outcome"))
        if result == "reached":
            outcome = self.channel in PERSONAL_CHANNELS and "reached"
        elif result == "refused":
            outcome = "refused"
        elif attempts:
            outcome = False
        if outcome and outcome not in logged:
            self.action_log_attempt(outcome)
