# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError

from .revisit_policy import CHANNELS


class RevisitCallback(models.Model):
    """Where the rules offer several ways, who makes the callback chooses one."""

    _inherit = "revisit.callback"

    offered_channels = fields.Char(
        compute="_compute_offered_channels",
        help="The channels that the policy leaves to the choice of the caller.",
    )

    @api.depends(
        "channel",
        "policy_id.channel",
        "policy_id.channel_ids.is_choice",
        "policy_id.channel_ids.channel",
    )
    def _compute_offered_channels(self):
        for callback in self:
            callback.offered_channels = " ".join(callback._get_offered_channels())

    def _get_offered_channels(self):
        """Return the channels to choose from; none where the policy decides alone."""
        self.ensure_one()
        # dealers make callbacks of policies that they do not read
        policy = self.sudo().policy_id
        lines = policy.channel_ids.filtered(
            lambda line: line.is_choice and line._fits(self)
        )
        if not self.is_open or not lines:
            return []
        offered = [policy.channel, *lines.mapped("channel"), self.channel]
        return list(dict.fromkeys(offered))

    def action_choose_channel(self, channel):
        """Make callbacks in another way that their policies offer.

        What is made in the same contact is made in the same way.

        :param channel: one of the offered channels
        :raise UserError: finished, or the policy does not offer this way
        """
        self._check_is_open()
        self.check_access("write")
        for callback in self:
            offered = callback._get_offered_channels()
            if channel not in offered:
                labels = dict(self._fields["channel"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(callback)s is made by %(channels)s. For another way ask your"
                        " supervisor.",
                        callback=callback.display_name,
                        channels=", ".join(
                            labels[key] for key in offered or [callback.channel]
                        ),
                    )
                )
        self._change_channel(channel)
        return True

    def action_choose_offered(self):
        """Button: choose the way that the button's context names."""
        # sent by the menu's lines; any other value is refused as the method's own is
        return self.action_choose_channel(self.env.context.get("revisit_channel"))

    def _change_channel(self, channel):
        """Set the channel of whole contacts: one conversation has one channel."""
        # the choice was checked; the agent's rights do not reach the channel
        leaders = self.sudo()._get_leaders()
        (leaders | leaders._get_followers()).write({"channel": channel})

    def _portal_choose_channel(self, channel):
        """Choose as a dealer: whose callback it is was found out before."""
        return self._portal_sudo().action_choose_channel(channel)

    def _portal_choices(self):
        """Return [(channel, label)] of the other ways that a dealer may choose."""
        self.ensure_one()
        labels = dict(CHANNELS)
        labels.update(self._fields["channel"]._description_selection(self.env))
        return [
            (key, labels[key])
            for key in self._get_offered_channels()
            if key != self.channel
        ]


class RevisitPolicyChannel(models.Model):
    """A line decides how a customer is reached, or offers a way to the caller."""

    _inherit = "revisit.policy.channel"

    is_choice = fields.Boolean(
        string="Caller May Choose",
        help="The line does not decide: it offers this way to who makes the callback."
        " The evidence of the chosen way is asked for.",
    )

    def _fits(self, callback):
        """Return whether the line is for a callback: unit, position and document."""
        self.ensure_one()
        planner = self.env["revisit.planner"]
        if self.team_id and self.team_id != callback.sudo().team_id:
            return False
        if self.position_from > planner._get_position(callback.occasion or ""):
            return False
        if self.domain in (False, "", "[]"):
            return True
        model = callback.source_model
        if not model or model not in self.env:
            return False
        # the condition is the policy's, not the reader's
        source = self.env[model].sudo().browse(callback.source_id).exists()
        return bool(source and source.filtered_domain(self._get_condition()))
