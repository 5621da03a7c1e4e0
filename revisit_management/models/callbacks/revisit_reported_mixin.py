# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError


class RevisitReportedMixin(models.AbstractModel):
    """The report on a conversation: begun with its end, filed by its review.

    There is one report per conversation, on the callback that leads it, where the
    rulebook asks for it. See ``revisit.report``.
    """

    _name = "revisit.reported.mixin"
    _description = "Reported After the Talk"
    _inherit = ["revisit.documented.mixin"]

    _server_owned = {"report_ids"}

    report_ids = fields.One2many(
        comodel_name="revisit.report",
        inverse_name="callback_id",
        string="Reports",
        readonly=True,
        copy=False,
        groups="revisit_management.group_agent",
    )
    report_id = fields.Many2one(
        comodel_name="revisit.report",
        compute="_compute_report_id",
        compute_sudo=True,
        groups="revisit_management.group_agent",
        help="The report on the conversation in which this callback was made.",
    )

    @api.depends("contact_id", "report_ids")
    def _compute_report_id(self):
        leaders = self._get_leaders()
        reports = self.env["revisit.report"].search(
            [("callback_id", "in", leaders.ids)]
        )
        by_leader = {report.callback_id: report for report in reports}
        for callback in self:
            callback.report_id = by_leader.get(callback.contact_id or callback._origin)

    def action_open_report(self):
        """Button: open the report on the conversation."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Callback Report"),
            "res_model": "revisit.report",
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": self.report_id.id,
        }

    def _get_reports(self):
        """Return the reports on the conversations of ``self`` (sudo)."""
        # it is one conversation, whoever may read which part of it
        return self.sudo().mapped("report_id")

    def _begin_report(self):
        """Begin the report on a conversation that was just finished (sudo)."""
        rules = self.rulebook_id.filtered("asks_report")
        is_talk = any(callback.result == "reached" for callback in self)
        # dealers hand in nothing; what customers send themselves is nobody's talk
        if not rules or not is_talk or self.env.user.share:
            return
        if any(callback.returned_at or callback.is_imported for callback in self):
            return
        self.env["revisit.report"]._begin(self, rules)

    def _file_reports(self, verdict):
        """File the reports of callbacks that are being reviewed.

        :raise UserError: one that is to pass was not handed in yet
        """
        reports = self._get_reports()
        for report in reports:
            if report.state == "draft" and verdict == "passed":
                raise UserError(
                    self.env._(
                        "%(report)s: %(user)s has not handed in the report yet. Send"
                        " it back, or review it when it is there.",
                        report=report.display_name,
                        user=report.user_id.name,
                    )
                )
        # with the callback that leads the conversation, whose lock is theirs
        reports.filtered(lambda report: report.callback_id in self)._file()

    def _get_talked_at(self):
        """Return when the customer of a conversation was reached, naive UTC.

        It is the first time since nothing else came of an attempt.
        """
        leader = self._get_leaders()
        reached = leader.done_at
        before = leader.attempt_ids.filtered(lambda a: a.at <= leader.done_at)
        for attempt in before.sorted(lambda a: (a.at, a.id), reverse=True):
            if attempt.outcome != "reached":
                break
            reached = attempt.at
        return reached

    def _check_review_role(self):
        """Refuse a review by another role than the one that the rulebook names."""
        user = self.env.user
        if self.env.su or user.has_group("revisit_management.group_manager"):
            return
        # the rule holds for everybody, whoever may read it
        for callback in self.sudo():
            role = callback.rulebook_id.review_role or "supervisor"
            manager = callback.team_id.manager_id
            if role == "supervisor" or (role == "unit_manager" and manager == user):
                continue
            labels = dict(
                self.rulebook_id._fields["review_role"]._description_selection(self.env)
            )
            raise UserError(
                self.env._(
                    "%(callback)s: the rulebook %(rulebook)s has this reviewed by:"
                    " %(role)s.",
                    callback=callback.display_name,
                    rulebook=callback.rulebook_id.name,
                    role=labels[role],
                )
            )
