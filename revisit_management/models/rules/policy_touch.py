# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools.terms import TEMPLATE_FIELDS


class RevisitPolicy(models.Model):
    """What a policy of touches sends, and why it cannot send, if so."""

    _inherit = "revisit.policy"  # pylint: disable=consider-merging-classes-inherited

    touch_problem = fields.Char(
        compute="_compute_touch_problem",
        compute_sudo=True,
        help="Why nothing is sent. Touches that are already planned wait.",
    )
    touch_count = fields.Integer(compute="_compute_touch_count")

    @api.depends(
        "contact_type",
        "channel",
        "sms_template_id.model",
        "mail_template_id.model",
        "model_name",
    )
    @api.depends_context("lang")
    def _compute_touch_problem(self):
        for policy in self:
            is_touch = policy.contact_type == "touch"
            policy.touch_problem = is_touch and policy._get_touch_problem()

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_touch_count(self):
        counts = dict(
            self.env["revisit.touch"]._read_group(
                [("policy_id", "in", self.ids)], ["policy_id"], ["__count"]
            )
        )
        for policy in self:
            policy.touch_count = counts.get(policy, 0)

    @api.constrains(
        "active",
        "contact_type",
        "channel",
        "sms_template_id",
        "mail_template_id",
        "trigger_id",
    )
    def _check_touch(self):
        for policy in self.filtered("active").filtered(
            lambda policy: policy.contact_type == "touch"
        ):
            # checked with the system's rights, as the system sends it
            message = policy.sudo()._get_touch_problem()
            if message:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: %(message)s", policy=policy.name, message=message
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_touches(self):
        touch = (
            self.env["revisit.touch"]
            .sudo()  # one is enough, whoever may read it
            .search([("policy_id", "in", self.ids)], limit=1)
        )
        if touch:
            raise UserError(
                self.env._(
                    "%(policy)s has touches, which tell the rule they were sent under."
                    " Archive the policy instead.",
                    policy=touch.policy_id.name,
                )
            )

    def action_open_touches(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_touch_action"
        )
        return {**action, "domain": [("policy_id", "=", self.id)], "context": {}}

    def _get_touch_template(self, channel):
        """Return a channel's template: an ``sms.template`` or a ``mail.template``."""
        self.ensure_one()
        return self[TEMPLATE_FIELDS[channel]]

    def _get_touch_problem(self, channel=None):
        """Return why this policy cannot send touches, or False.

        :param channel: "sms" or "email"; default: the policy's own
        """
        self.ensure_one()
        channel = channel or self.channel
        if channel not in TEMPLATE_FIELDS:
            return self.env._(
                "a touch is an SMS or an email. Choose one of these two channels."
            )
        template = self._get_touch_template(channel)
        if not template:
            return self.env._(
                "a touch needs a template of its channel. Choose the template to send."
            )
        if self.model_name and template.model not in (self.model_name, "res.partner"):
            # a model's name may be shown to everybody, but few may read models
            get_model = self.env["ir.model"].sudo()._get
            return self.env._(
                "the template %(template)s is written for other documents: %(other)s."
                " Choose one for %(documents)s, or one for contacts.",
                template=template.name,
                other=get_model(template.model).name or template.model,
                documents=get_model(self.model_name).name or self.model_name,
            )
        return False

    def _is_touching(self, channel):
        """Return whether touches of a channel may be sent now; otherwise they wait."""
        self.ensure_one()
        return (
            self.active
            and self.contact_type == "touch"
            and not self._get_touch_problem(channel)
            and not self._is_broken()
        )

    def _is_broken(self):
        """Return whether the policy's documents can no longer be found."""
        self.ensure_one()
        return bool(
            self.model_name
            and (self.trigger_id._get_definition_error() or self._get_domain_error())
        )

    def _filter_touching(self, channel):
        return self.filtered(lambda policy: policy._is_touching(channel))
