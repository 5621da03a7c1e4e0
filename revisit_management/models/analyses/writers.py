# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import Command, fields, models

from .revisit_analysis import WORDS


class RevisitAnalysis(models.Model):
    """Who has written in a report, for however short a time it was theirs.

    None of them decides on its proposals or files it: who writes a proposal and passes
    the report on does not become a stranger to it.
    """

    _inherit = "revisit.analysis"  # pylint: disable=consider-merging-classes-inherited

    _server_owned = {"writer_ids"}

    writer_ids = fields.Many2many(
        comodel_name="res.users",
        relation="revisit_analysis_writer_rel",
        column1="analysis_id",
        column2="user_id",
        string="Written By",
        readonly=True,
        copy=False,
        help="Who has written its words, or a proposal, or changed one: another"
        " callback manager decides on the proposals and files the report.",
    )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if WORDS & set(vals):
            self._note_writer()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _note_writer(self):
        """Add the user to those who have written in the reports."""
        user = self.env.user
        # noted by the system, whoever writes
        reports = self.sudo().filtered(lambda report: user not in report.writer_ids)
        reports.write({"writer_ids": [Command.link(user.id)]})

    def _is_author(self):
        """Return whether the user has written in the report, or is to write it."""
        self.ensure_one()
        report = self.sudo()  # who wrote what, and who handed it in, stands on it
        writers = report.writer_ids | report.item_ids.create_uid
        return self.env.user in report.user_id | report.handed_in_by_id | writers
