# Part of Revisit. See LICENSE file for full copyright and licensing details.
from markupsafe import Markup

from odoo import api, models

from .revisit_callback import PLANNING

# as many names as a message lists; the queue shows the rest
LISTED = 20
# contexts in which Odoo itself tells nobody
SILENT = ("tracking_disable", "mail_auto_subscribe_no_notify")


class RevisitCallback(models.Model):
    """One human step, one message.

    Odoo tells an agent of each record that is given to them. Whoever is given a
    contact with twelve reasons, or thirty customers in one step, is told once.
    """

    _inherit = "revisit.callback"

    # ------------------------------------------------------------
    # TO THE AGENT
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        silent = self.with_context(mail_auto_subscribe_no_notify=True)
        callbacks = super(RevisitCallback, silent).create(vals_list)
        callbacks = callbacks.with_env(self.env)
        # the planner assigns on a large scale
        is_planning = self.env.context.get("revisit_planning") is PLANNING
        if not is_planning and not any(self.env.context.get(key) for key in SILENT):
            callbacks._notify_given()
        return callbacks

    def _notify_given(self):
        """Tell the agents of new callbacks, each once; what is made is no task."""
        given = self.filtered(lambda c: c.is_open and c.user_id - self.env.user)
        given._tell_agents()

    def _tell_agents(self):
        """Tell each agent of ``self`` once, also where the planner itself is silent."""
        given = self.filtered("user_id")
        for user, callbacks in given.grouped("user_id").items():
            callbacks.with_context(
                lang=user.lang, mail_auto_subscribe_no_notify=False
            )._message_auto_subscribe_notify(
                user.partner_id.ids, "mail.message_user_assigned"
            )

    def _message_auto_subscribe_notify(self, partner_ids, template):
        """Send one message for all contacts that were given away in one step."""
        leading = self.filtered(lambda callback: not callback._goes_along())
        if len(leading) < 2:
            told = super(RevisitCallback, leading)
            return told._message_auto_subscribe_notify(partner_ids, template)
        if self.env.context.get("mail_auto_subscribe_no_notify"):
            return None
        leading[0].message_notify(
            subject=self.env._(
                "You have been assigned %(count)s callbacks", count=len(leading)
            ),
            body=leading._get_given_body(),
            partner_ids=partner_ids,
            email_layout_xmlid="mail.mail_notification_layout",
            model_description=self.env["ir.model"]._get(self._name).display_name,
        )
        return None

    def _goes_along(self):
        """Return whether its agent is told of it with the contact that it is in."""
        self.ensure_one()
        # an agent's rights do not decide what they are told of
        leader = self.sudo().contact_id
        return bool(leader) and leader.user_id == self.user_id

    def _get_given_body(self):
        """Return the list of what was given, each with its link."""
        lines = [
            Markup('<li><a href="%s">%s</a></li>')
            % (callback._notify_get_action_link("view"), callback._get_row_name())
            for callback in self[:LISTED]
        ]
        if len(self) > LISTED:
            more = self.env._("and %(count)s more", count=len(self) - LISTED)
            lines.append(Markup("<li>%s</li>") % more)
        return Markup("<p>%s</p><ul>%s</ul>") % (
            self.env._("These callbacks are yours now:"),
            Markup("").join(lines),
        )

    # ------------------------------------------------------------
    # TO THE CUSTOMER
    # ------------------------------------------------------------

    def _get_asked_once(self):
        """Return one callback for each conversation: its customer is asked once."""
        asked = self.browse()
        for contact in self.grouped(lambda c: c._get_leaders()).values():
            for same_time in contact.grouped("planned_at").values():
                asked |= same_time.sorted(lambda c: (bool(c.contact_id), c.id))[0]
        return asked

    def _get_asked_along(self):
        """Return what was asked in the same message as ``self``.

        What the customer says of the time, they say of the whole conversation.
        """
        asked = {(c._get_leaders(), c.planned_at) for c in self}
        contact = self._get_leaders()
        contact |= contact._get_followers()
        return (contact - self).filtered(
            lambda c: (
                c.is_open
                and c.time_state == "asked"
                and (c._get_leaders(), c.planned_at) in asked
            )
        )
