# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.terms import SEVERITIES


class RevisitIssueCategory(models.Model):
    """Routes issues to the departments that are responsible for them.

    The routing itself is ``revisit.issue._compute_route``. The owner of a category's
    issues is always an internal user.
    """

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

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("deadline_ids.clock", "company_id")
    def _compute_clock_error(self):
        for category in self:
            errors = category.deadline_ids.mapped("clock_error")
            category.clock_error = next(filter(None, errors), False)

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("owner_id")
    def _check_entitled(self):
        for category in self.filtered("owner_id"):
            category.owner_id._revisit_check_company(category)
            if not category.owner_id._revisit_may_own_issues():
                raise ValidationError(
                    self.env._(
                        "%(category)s: %(user)s is no colleague with the role Agent and"
                        " could not see its issues. Choose one who is.",
                        category=category.name,
                        user=category.owner_id.name,
                    )
                )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_owner(self):
        """Return the user who owns new issues of this category, if there is one."""
        self.ensure_one()
        # agents may not read employees, but may learn who owns the issue
        owners = (self.owner_id, self.department_id.sudo().manager_id.user_id)
        return next(
            (user for user in owners if user and user._revisit_may_own_issues()),
            owners[0].browse(),
        )

    def _get_deadline(self, severity):
        """Return the deadline of a severity, or else of the nearest milder one."""
        self.ensure_one()
        order = [key for key, _label in SEVERITIES]
        milder = order[: order.index(severity) + 1]
        rows = self.deadline_ids.filtered(lambda row: row.severity in milder)
        return rows.sorted(lambda row: order.index(row.severity))[-1:]
