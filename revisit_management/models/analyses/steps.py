# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from .revisit_analysis import MANAGER_GROUP


class RevisitAnalysis(models.Model):
    """What people do with a report: count again, hand in, file. See the base class."""

    _inherit = "revisit.analysis"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_count(self):
        """Count the figures again, with what was recorded since.

        :raise UserError: handed in already, or somebody else's
        """
        self.check_access("write")
        for analysis in self:
            analysis._check_open()
            analysis._check_mine()
        self._count()
        return True

    def action_hand_in(self):
        """Hand reports in, with their figures as they are now.

        :raise UserError: no words, handed in already, or somebody else's
        """
        self.check_access("write")
        for analysis in self:
            analysis._check_open()
            analysis._check_mine()
            if not (analysis.findings or "").strip():
                raise UserError(
                    self.env._(
                        "%(report)s has no words yet: write what was found, then hand"
                        " it in.",
                        report=analysis.display_name,
                    )
                )
        self._hand_in()
        return self._get_hand_in_notice()

    def action_file(self):
        """File reports whose proposals are all decided on, which locks them.

        :raise AccessError: the user is no callback manager
        :raise UserError: their own, not handed in, or something is undecided
        """
        self.check_access("write")
        self._check_may_decide()
        for analysis in self:
            waiting = analysis.item_ids.filtered(lambda i: i.state == "proposed")
            if waiting:
                raise UserError(
                    self.env._(
                        "%(report)s: %(count)s proposals wait for a decision. Adopt or"
                        " reject them, then file the report.",
                        report=analysis.display_name,
                        count=len(waiting),
                    )
                )
        self._step(
            {
                "state": "filed",
                "filed_at": fields.Datetime.now(),
                "filed_by_id": self.env.uid,
            }
        )
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _hand_in(self):
        """Note who hands the reports in, and when; both were checked."""
        self._count()
        self._step(
            {
                "state": "handed_in",
                "handed_in_at": fields.Datetime.now(),
                "handed_in_by_id": self.env.uid,
            }
        )
        # adopted proposals count for who wrote them, whoever hands the report in
        for analysis in self.sudo():
            for user, items in analysis.item_ids.grouped("create_uid").items():
                author = analysis._prepare_responsible(user)
                items.write(
                    {name: author[name] for name in ("employee_id", "department_id")}
                )
        self._end_tasks()

    def _get_hand_in_notice(self):
        """Return a notice of the reports that came late, or True."""
        late = self.filtered("is_late")
        if not late:
            return True
        message = self.env._(
            "%(report)s was due on %(day)s: it is handed in, and counts as late.",
            report=late[0].display_name,
            day=late[0].due_on,
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "warning",
                # reloads the form with its present values
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _check_open(self):
        if self.state != "draft":
            raise UserError(
                self.env._(
                    "%(report)s was handed in by %(user)s, on %(moment)s.",
                    report=self.display_name,
                    # who has handed it in stands on it
                    user=self.sudo().handed_in_by_id.name,
                    moment=self._format(self.handed_in_at),
                )
            )

    def _check_mine(self):
        if self._is_mine():
            return
        if not self.user_id:
            raise UserError(
                self.env._(
                    "Nobody is responsible for %(report)s: have a callback manager name"
                    " somebody, or enter the unit's manager.",
                    report=self.display_name,
                )
            )
        raise UserError(
            self.env._(
                "%(report)s is written and handed in by %(user)s. A callback manager"
                " can make somebody else responsible.",
                report=self.display_name,
                user=self.user_id.name,
            )
        )

    def _check_may_decide(self):
        """Refuse whoever may not decide on reports, and reports that cannot be."""
        if not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(
                self.env._(
                    "Only callback managers decide on analysis reports. Ask one of"
                    " them."
                )
            )
        for analysis in self:
            if analysis.state == "draft":
                raise UserError(
                    self.env._(
                        "%(report)s is not handed in yet: decide on it afterwards.",
                        report=analysis.display_name,
                    )
                )
            if analysis._is_author():
                raise UserError(
                    self.env._(
                        "%(report)s is your own, or you have written in it: another"
                        " callback manager decides on its proposals and files it.",
                        report=analysis.display_name,
                    )
                )
        self._check_locked()
