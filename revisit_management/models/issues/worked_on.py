# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models

# what says whose work an issue is
WORK = {"co_department_ids", "owner_id", "resolved_by_id"}


class RevisitIssue(models.Model):
    """Whose work an issue is, or ever was.

    Its owners, those who have solved it, and the heads of the involved departments.
    None of them asks the customer whether it is solved: who passes an issue on does
    not become a stranger to it.
    """

    _inherit = "revisit.issue"  # pylint: disable=consider-merging-classes-inherited

    _server_owned = {"worked_by_ids"}

    worked_by_ids = fields.Many2many(
        comodel_name="res.users",
        relation="revisit_issue_worked_by_rel",
        column1="issue_id",
        column2="user_id",
        string="Worked on It",
        readonly=True,
        copy=False,
        help="Who has owned or solved it, and the heads of the involved departments:"
        " somebody else asks the customer whether it is solved.",
    )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        issues = super().create(vals_list)
        issues._note_workers()
        return issues

    def write(self, vals):
        result = super().write(vals)
        if {*WORK, "category_id"} & set(vals):
            self._note_workers()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _note_workers(self):
        """Add whose work the issues are now to those whose work they were."""
        for issue in self.sudo():  # noted by the system, whoever passes it on
            heads = issue.co_department_ids.manager_id.user_id
            present = issue.owner_id | issue.resolved_by_id | heads
            if missing := present - issue.worked_by_ids:
                issue.worked_by_ids |= missing
        # whose work a callback verifies follows from it
        self.env["revisit.callback"].invalidate_model(["doer_ids"])
