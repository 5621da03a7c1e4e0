# Part of Revisit. See LICENSE file for full copyright and licensing details.
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .revisit_policy import CHANNEL_GROUPS

# what the callbacks of one contact have in common, see the planner's key
SHARED = {"company_id", "commercial_partner_id", "level", "team_id", "dealer_id"}


class RevisitCallback(models.Model):
    """What people see of a contact: one conversation for several reasons (L2).

    A contact is a leading callback and those that name it in ``contact_id``. All
    are of one level, so that headquarters' callbacks stay hidden from dealers.
    """

    _inherit = "revisit.callback"

    _server_owned = {"follower_ids"}

    follower_ids = fields.One2many(
        comodel_name="revisit.callback",
        inverse_name="contact_id",
        string="Made in the Same Contact",
        readonly=True,
        domain=[("state", "!=", "cancelled")],
    )
    follower_count = fields.Integer(
        string="More Reasons", compute="_compute_follower_count", compute_sudo=True
    )
    more_reasons = fields.Char(
        string="Combined", compute="_compute_follower_count", compute_sudo=True
    )
    contact_opening = fields.Text(
        compute="_compute_contact_script", compute_sudo=True, exportable=False
    )
    contact_body = fields.Html(
        compute="_compute_contact_script",
        compute_sudo=True,
        sanitize=False,
        exportable=False,
    )
    contact_closing = fields.Text(
        compute="_compute_contact_script", compute_sudo=True, exportable=False
    )
    contact_duration = fields.Integer(
        string="Minutes in All",
        compute="_compute_contact_script",
        compute_sudo=True,
        aggregator=None,
    )
    contact_state = fields.Selection(
        related="contact_id.state", string="State of the Contact"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("follower_ids.state", "follower_ids.contact_id")
    @api.depends_context("lang")
    def _compute_follower_count(self):
        """Count and word what else is made in the same contact, in one query."""
        rows = self.env["revisit.callback"]._read_group(
            [("contact_id", "in", self.ids), ("state", "!=", "cancelled")],
            ["contact_id", "level"],
            ["__count"],
        )
        counts = {(leader, level): count for leader, level, count in rows}
        for callback in self:
            # another level's is never counted, whatever the data says (L1)
            count = counts.get((callback._origin, callback.level), 0)
            callback.follower_count = count
            callback.more_reasons = self._get_more_reasons_text(count)

    def _get_more_reasons_text(self, count):
        if not count:
            return False
        if count == 1:
            return self.env._("+1 more reason")
        return self.env._("+%(count)s more reasons", count=count)

    @api.depends(
        "script_id",
        "contact_id.script_id",
        "contact_id.follower_ids.script_id",
        "follower_ids.script_id",
        "follower_ids.state",
    )
    @api.depends_context("lang")
    def _compute_contact_script(self):
        for callback in self:
            script = callback._get_contact_script()
            callback.contact_opening = script["opening"]
            callback.contact_body = script["body"]
            callback.contact_closing = script["closing"]
            callback.contact_duration = script["duration"]

    @api.constrains("contact_id", "level", "team_id", "dealer_id", "partner_id")
    def _check_contact_id(self):
        for follower in self.filtered("contact_id"):
            leader = follower.contact_id
            if leader.contact_id or any(
                leader[name] != follower[name] for name in SHARED
            ):
                raise ValidationError(
                    self.env._(
                        "%(callback)s and %(other)s cannot be made in one contact: they"
                        " differ in customer, level, unit or dealer.",
                        callback=follower.display_name,
                        other=leader.display_name,
                    )
                )

    @api.constrains("contact_id")
    def _check_contact_channel(self):
        """Refuse to join what is reached in another way: it is one conversation."""
        for follower in self.filtered(lambda c: c.contact_id and c.is_open):
            leader = follower.contact_id
            if CHANNEL_GROUPS[leader.channel] != CHANNEL_GROUPS[follower.channel]:
                raise ValidationError(
                    self.env._(
                        "%(callback)s and %(other)s cannot be made in one contact: the"
                        " customer is reached in different ways. Choose one channel"
                        " for both first.",
                        callback=follower._get_row_name(),
                        other=leader._get_row_name(),
                    )
                )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_take(self):
        """Take whole contacts: who calls the customer makes all that is due."""
        self._check_not_taken()
        return super(RevisitCallback, self._get_leaders()).action_take()

    def _check_not_taken(self):
        """Say who was faster, where a colleague took a callback from the queue.

        :raise AccessError: it is a colleague's now, whom the user may not look at
        """
        # nothing but the colleague's name is told, and only within the unit
        for callback in (self - self._filtered_access("read")).sudo():
            user = callback.user_id
            if user and callback.team_id in self.env.user.sudo().revisit_team_ids:
                raise AccessError(
                    self.env._(
                        "%(user)s has taken this callback meanwhile. Take another one"
                        " from the queue.",
                        user=user.name,
                    )
                )

    def action_open_contact(self):
        """Open the callback that leads the contact."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self._get_leaders().id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_open_finish(self):
        """Record the result of the whole contact, from any of its callbacks."""
        self.ensure_one()
        self._check_is_open()
        return super(RevisitCallback, self._get_leaders()).action_open_finish()

    def action_open_finish_alone(self):
        """Record the result of one callback of a contact before the others."""
        self.ensure_one()
        self._check_is_open()
        return self._get_dialog("revisit.callback.finish", self.env._("Result"))

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_contact(self):
        """Return the callbacks made in the same contact, the leader first.

        Of its own level and dealer only, whatever the data says (L1).
        """
        self.ensure_one()
        leader = self._get_leaders()
        followers = leader.follower_ids.sorted(lambda c: (c.window_end, c.id))
        return (leader | followers).filtered(
            lambda c: (
                c == self
                or (
                    c.state != "cancelled"
                    and c.level == self.level
                    and c.dealer_id == self.dealer_id
                )
            )
        )

    def _get_contact_script(self):
        """Return the one script of the whole contact.

        :return: dict of ``opening`` and ``closing`` (said once, the leader's where
            it has any), ``body`` (Markup; under the policies' names when there are
            several scripts), ``duration`` in minutes
        """
        self.ensure_one()
        contact = self._get_contact()
        scripts = contact.script_id
        return {
            "opening": next(filter(None, scripts.mapped("opening")), False),
            "closing": next(filter(None, scripts.mapped("closing")), False),
            "duration": sum(scripts.mapped("duration")),
            "body": self._join_bodies(contact, scripts),
        }

    @api.model
    def _join_bodies(self, contact, scripts):
        parts = []
        for script in scripts:
            if not script.body:
                continue
            if len(scripts) > 1:
                mine = contact.filtered(lambda c, s=script: c.script_id == s)
                names = dict.fromkeys(mine.policy_id.mapped("name"))
                parts.append(Markup("<h3>%s</h3>") % " · ".join(names))
            # the body itself was sanitized when it was stored
            parts.append(Markup(script.body))
        return Markup("").join(parts)
