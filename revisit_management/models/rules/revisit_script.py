# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError


class RevisitScript(models.Model):
    """What an agent says on a callback, beginning with purpose and duration."""

    _name = "revisit.script"
    _description = "Callback Script"
    _inherit = ["revisit.reading.mixin"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company", default=lambda self: self.env.company, index=True
    )
    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    duration = fields.Integer(
        string="Expected Duration (minutes)",
        default=3,
        help="Told to the customer at the beginning of the call.",
    )
    opening = fields.Text(
        string="Opening Words",
        translate=True,
        help="Purpose, duration and use of the answers, word for word.",
    )
    body = fields.Html(string="Questions and Answers", translate=True)
    closing = fields.Text(string="Closing Words", translate=True)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # a script without company is used by policies of any company
        policies = self.env["revisit.policy"].with_context(active_test=False).sudo()
        policy = policies.search([("script_id", "in", self.ids)], limit=1)
        # callbacks of any unit keep their script
        callback = self.env["revisit.callback"].with_context(active_test=False).sudo()
        if policy or callback.search([("script_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "%(script)s is read out by policies or callbacks. Archive it: they"
                    " keep it, and nobody chooses it any more.",
                    script=self[0].name if len(self) == 1 else self._description,
                )
            )
