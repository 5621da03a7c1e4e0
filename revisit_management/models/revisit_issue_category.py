# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models

SEVERITIES = [
    ("low", "Low"),
    ("normal", "Normal"),
    ("high", "High"),
    ("critical", "Critical"),
]


class RevisitIssueCategory(models.Model):
    """Routes issues to the departments that answer for them (D2)."""

    _name = "revisit.issue.category"
    _description = "Issue Category"
    _inherit = ["revisit.reading.mixin"]
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(copy=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    department_id = fields.Many2one(
        comodel_name="hr.department",
        string="Responsible Department",
        check_company=True,
        ondelete="restrict",
    )
    co_department_ids = fields.Many2many(
        comodel_name="hr.department",
        relation="revisit_issue_category_co_department_rel",
        string="Involved Departments",
    )
    owner_id = fields.Many2one(
        comodel_name="res.users",
        string="Issue Owner",
        ondelete="restrict",
        help="Empty: the manager of the responsible department.",
    )
    deadline_ids = fields.One2many(
        comodel_name="revisit.issue.deadline", inverse_name="category_id"
    )
    clock_error = fields.Char(string="Warning", compute="_compute_clock_error")
    description = fields.Text(translate=True)

    @api.depends("deadline_ids.clock", "company_id")
    def _compute_clock_error(self):
        for category in self:
            errors = category.deadline_ids.mapped("clock_error")
            category.clock_error = next(filter(None, errors), False)

    def _get_owner(self):
        """Return the user who owns new issues of this category, maybe nobody."""
        self.ensure_one()
        return self.owner_id or self.department_id.sudo().manager_id.user_id

    def _get_deadline(self, severity):
        """Return the deadline row of a severity; the nearest milder one otherwise."""
        self.ensure_one()
        order = [key for key, _label in SEVERITIES]
        milder = order[: order.index(severity) + 1]
        rows = self.deadline_ids.filtered(lambda row: row.severity in milder)
        return rows.sorted(lambda row: order.index(row.severity))[-1:]
