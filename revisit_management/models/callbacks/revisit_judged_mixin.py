# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.values import NOTE_SIZE


class RevisitJudgedMixin(models.AbstractModel):
    """Whom the answers will judge is fixed as the callback is planned.

    That is whoever stands on the document then; an event that still lies ahead follows
    its document until it happens. Who is entered later did not do the work: where the
    document was wrong, a supervisor reads it again, with a reason.
    """

    _name = "revisit.judged.mixin"
    _description = "Whom Answers Judge"

    named_otherwise = fields.Char(
        string="The Document Names Others",
        compute="_compute_named_otherwise",
        groups="revisit_management.group_supervisor",
    )

    @api.depends("policy_id", "source_id", "source_model", "state", "subjects")
    @api.depends_context("lang")
    def _compute_named_otherwise(self):
        for callback in self:
            named = callback.is_open and callback._read_named()
            is_other = callback.is_open and (named or {}) != (callback.subjects or {})
            callback.named_otherwise = is_other and self.env._(
                "%(before)s → %(now)s",
                before=callback._get_judged_text(callback.subjects),
                now=callback._get_judged_text(named),
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_name_again(self):
        """Button: ask why the answers are to judge whom the document names now."""
        self.ensure_one()
        self._check_may_name_again()
        return self._get_dialog(
            "revisit.reason", self.env._("Read Document Again"), default_step="name"
        )

    def action_name_again(self, reason):
        """Let the answers judge whom the document names now.

        :param reason: text, required: why others did the work
        :raise AccessError: the user is no supervisor
        :raise UserError: no reason, made already, or the user is one of those named
        """
        self.ensure_one()
        self._check_may_name_again()
        reason = self.env["revisit.reader"]._read_text(
            self.env._("Reason"), reason, NOTE_SIZE
        )
        if not (reason or "").strip():
            raise UserError(
                self.env._("Say why the answers judge others than they would.")
            )
        before = self._get_judged_text(self.subjects)
        # whom it judges is set by steps alone; the right was checked
        self.sudo().subjects = self._read_named()
        pair = {"old": before, "new": self._get_judged_text(self.subjects)}
        row = self._prepare_trace("subjects", None, None)
        self._create_traces([{**row, "value_pair": pair}])
        self._note_batch(
            self.env._(
                "Whom the answers judge was read again: %(reason)s", reason=reason
            )
        )
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_may_name_again(self):
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(
                self.env._(
                    "Only supervisors decide that the answers judge others. Tell yours"
                    " who did the work."
                )
            )
        self.check_access("write")
        self._check_is_open()
        if self.env.user.has_group("revisit_management.group_manager"):
            return
        rows = [(False, False, False, s) for s in (self.subjects, self._read_named())]
        named = set().union(*self._find_doers(rows))
        if self.env.uid in named:
            raise UserError(
                self.env._(
                    "%(callback)s: the answers judge you, or would. Another supervisor"
                    " or a callback manager decides that.",
                    callback=self.display_name,
                )
            )

    def _read_named(self):
        """Return whom the document names now, or False for nobody."""
        self.ensure_one()
        names = ("source_id", "source_model")
        vals = {"policy_id": self.policy_id.id, **{n: self[n] for n in names}}
        self._fill_subjects([vals])
        # a document that is gone names whom it named
        return vals.get("subjects", self.subjects)

    def _get_judged_text(self, subjects):
        """Return whom answers judge, in words."""
        kinds = self.env["revisit.answer"]._fields["subject_kind"]
        labels = dict(kinds._description_selection(self.env))
        named = (
            self.env._(
                "%(kind)s: %(name)s",
                kind=labels[kind],
                name=self._get_subject_name((kind, model, res_id)) or "-",
            )
            for kind, (model, res_id) in sorted((subjects or {}).items())
        )
        return ", ".join(named) or "-"
