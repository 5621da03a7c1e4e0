# Part of Revisit. See LICENSE file for full copyright and licensing details.
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...tools import phones

HISTORY_LIMIT = 10
# channels that cannot be used if no number is known
NUMBER_CHANNELS = ("phone", "sms")


class RevisitCallback(models.Model):
    """Whom a callback reaches: number, hours, history, and what is said to them."""

    _inherit = "revisit.callback"  # pylint: disable=consider-merging-classes-inherited

    phone_masked = fields.Char(
        string="Phone", compute="_compute_masked", compute_sudo=True, exportable=False
    )
    email_masked = fields.Char(
        string="Email", compute="_compute_masked", compute_sudo=True, exportable=False
    )
    call_between = fields.Char(compute="_compute_call_between", compute_sudo=True)
    history_ids = fields.Many2many(
        comodel_name="revisit.callback",
        string="Earlier Callbacks",
        compute="_compute_customer_records",
    )
    customer_issue_ids = fields.Many2many(
        comodel_name="revisit.issue",
        string="Open Issues",
        compute="_compute_customer_records",
    )
    customer_product_ids = fields.Many2many(
        comodel_name="revisit.archive.line",
        string="Installed Products",
        compute="_compute_customer_records",
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
    has_no_phone = fields.Boolean(
        string="No Phone Number",
        compute="_compute_has_no_phone",
        compute_sudo=True,
        search="_search_has_no_phone",
        help="No number of this customer or their company is known.",
    )
    phone_hint = fields.Char(
        string="Hint", compute="_compute_has_no_phone", compute_sudo=True
    )
    interview_text = fields.Char(
        string="To Interview", compute="_compute_interview_text"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends(
        "partner_id.phone",
        "partner_id.commercial_partner_id.phone",
        "partner_id.email",
    )
    def _compute_masked(self):
        for callback in self:
            partner = callback.partner_id
            callback.phone_masked = self._mask_phone(callback._get_phone())
            callback.email_masked = self._mask_email(partner.email)

    @api.depends("partner_id", "partner_id.tz", "company_id")
    @api.depends_context("tz")
    def _compute_call_between(self):
        to_time = self.env["ir.qweb.field.float_time"].value_to_html
        for callback in self:
            text = " - ".join(to_time(hour, {}) for hour in callback._get_call_hours())
            zone = callback._get_customer_tz()
            # a colleague abroad must not mistake the customer's night for the morning
            is_ours = zone == self.env.context.get("tz")
            callback.call_between = text if is_ours else f"{text} ({zone})"

    def _get_hours_warning(self):
        """Return in words that the customer may not be called now, or an empty text."""
        self.ensure_one()
        # the hour is the customer's, whom not everybody may read
        if self.sudo()._may_be_called_now():
            return ""
        return self.env._(
            "This customer may be called from %(hours)s only.", hours=self.call_between
        )

    @api.depends("partner_id")
    def _compute_customer_records(self):
        """Find the records of the same customer that the user may see; for one form."""
        for callback in self:
            family = [("partner_id", "child_of", callback.commercial_partner_id.ids)]
            others = [*family, ("id", "!=", callback._origin.id)]
            callback.history_ids = self.search(
                [*others, ("state", "in", ("done", "reviewed"))],
                order="done_at desc",
                limit=HISTORY_LIMIT,
            )
            callback.customer_issue_ids = self.env["revisit.issue"].search(
                [*family, ("is_open", "=", True)], limit=HISTORY_LIMIT
            )
            callback.customer_product_ids = self.env["revisit.archive.line"].search(
                family, limit=HISTORY_LIMIT
            )

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

    @api.depends(
        "channel",
        "state",
        "partner_id.phone",
        "partner_id.commercial_partner_id.phone",
    )
    def _compute_has_no_phone(self):
        for callback in self:
            callback.has_no_phone = (
                callback.channel in NUMBER_CHANNELS
                and bool(callback.partner_id)
                and not callback._get_phone()
            )
            is_missed = callback.has_no_phone and callback.is_open
            callback.phone_hint = is_missed and self.env._("No phone number")

    def _search_has_no_phone(self, operator, value):
        if operator != "in":
            return NotImplemented
        unknown = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "COALESCE(%s, '') !~ %s",
                model._field_to_sql(alias, "phone", query),
                phones.get_digits(),
            ),
            predicate=lambda partner: not phones.has_digits(partner.phone),
        )
        # as the field itself: whoever calls may know whether there is a number
        missing = (
            Domain("channel", "in", NUMBER_CHANNELS)
            & Domain("partner_id", "any!", unknown)
            & Domain("commercial_partner_id", "any!", unknown)
        )
        return missing if True in value else ~missing

    @api.depends("policy_id.role_ids", "partner_id", "occasion")
    def _compute_interview_text(self):
        """List the roles of the policy in their order, each with the known contacts."""
        contacts = {}
        asking = self.filtered("policy_id.role_ids")
        for contact in self.env["res.partner"].search_fetch(
            [
                ("contact_role_id", "!=", False),
                ("commercial_partner_id", "in", asking.commercial_partner_id.ids),
            ],
            ["name", "contact_role_id", "commercial_partner_id"],
        ):
            key = (contact.commercial_partner_id, contact.contact_role_id)
            contacts.setdefault(key, []).append(contact.name)
        for callback in self:
            owner = callback.commercial_partner_id
            parts = []
            for role in callback._get_interview_roles():
                names = contacts.get((owner, role))
                parts.append(
                    f"{role.name} ({', '.join(names)})" if names else role.name
                )
            callback.interview_text = " → ".join(parts)

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_reveal_phone(self):
        """Button: show the number to whoever has to call; the look-up is logged."""
        self.ensure_one()
        number = self._reveal_phone()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.partner_id.name,
                "message": number,
                "type": "info",
            },
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_customer_purpose(self):
        """Return the purpose as a sentence in the language of the context."""
        self.ensure_one()
        if self.kind == "abnormal":
            return self.env._("We would like to know whether all is well again.")
        # headquarters verify sales and repairs, too: nobody has complained there
        if self.source_model == "revisit.issue" or (
            self.kind == "verification" and self.service_step == "complaint"
        ):
            return self.env._(
                "We would like to make sure that your concern was settled."
            )
        by_step = {
            "sale": self.env._("We would like to know how your purchase went."),
            "delivery": self.env._("We would like to know how your delivery went."),
            "installation": self.env._(
                "We would like to know how the installation went."
            ),
            "service": self.env._(
                "We would like to know how the repair or service went."
            ),
            "complaint": self.env._("It is about the complaint that you made to us."),
        }
        return by_step.get(self.service_step) or self.env._(
            "We would like to know how you are served, and your wishes."
        )

    def _get_customer_matter(self):
        """Return what it is about, as the customer knows it: products, and the day."""
        self.ensure_one()
        named = self.with_context(display_default_code=False)
        matter = [named._portal_products()]
        # other events, e.g. that a year is over, are ours and not the customer's
        if (
            self.service_step != "other"
            and self.source_model != "res.partner"
            and self.event_at
        ):
            day = self._to_local(self.event_at).date()
            matter.append(format_date(self.env, day, date_format="long"))
        return " · ".join(filter(None, matter))

    def _get_call_hours(self):
        """Return the hours ``(first, last)`` in which the customer may be called."""
        # the day is the company's, whoever may read its settings
        partner, company = self.partner_id, self.company_id.sudo()
        first, last = company.revisit_touch_hour_from, company.revisit_touch_hour_to
        narrow = (
            max(first, partner.callback_hour_from),
            min(last, partner.callback_hour_to),
        )
        return narrow if narrow[0] < narrow[1] else (first, last)

    def _reveal_phone(self):
        """Return the full number, after checking the task and logging the look-up.

        This is the only way to a number, for internal and portal users: only while a
        callback is open, or to be signed or redone. The note names the reader once,
        never the number.

        :raise UserError: the callback is closed, the customer refuses contact, or
            no number is known
        """
        self.ensure_one()
        self.check_access("read")
        if not (self._is_to_sign() or self._is_to_redo()):
            self._check_is_open()
        # reading needs an open task, not access to contacts
        callback = self.sudo()
        # what a record of the past links is not shown by it
        callback._check_company(["partner_id"])
        if callback.partner_id._revisit_is_banned():
            raise UserError(
                self.env._(
                    "This customer asked not to be contacted. Have a supervisor cancel"
                    " the callback."
                )
            )
        number = callback._get_phone()
        if not number:
            raise UserError(
                self.env._(
                    "No phone number of this customer is known. Ask for it where the"
                    " customer bought."
                )
            )
        callback._note_phone_reader(self.env.user)
        return number

    def _get_phone(self):
        """Return the contact's phone number, or else the contact's company's."""
        return self._get_phone_owner().phone or False

    def _get_phone_owner(self):
        """Return whose number is called: the contact, or their company; or nobody."""
        self.ensure_one()
        partner = self.partner_id
        # a text such as "see the note" is not a number
        owners = (p for p in (partner, partner.commercial_partner_id) if p)
        return next((p for p in owners if phones.has_digits(p.phone)), partner.browse())

    @api.model
    def _mask_phone(self, phone):
        """Return the phone numbers of a field with the middle digits hidden."""
        return phones.mask_numbers(phone)

    @api.model
    def _mask_email(self, email):
        """Return the e-mail addresses of a field with only the first letter shown."""
        return phones.mask_addresses(email)

    def _get_contact_script(self):
        """Return one script for the whole contact.

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

    def _get_interview_roles(self):
        """Return the roles to ask for, in order; other callbacks may need others."""
        self.ensure_one()
        wanted = "later" if (self.occasion or "").startswith("after:") else "first"
        lines = self.policy_id.role_ids.filtered(
            lambda line: line.applies_to in ("all", wanted)
        )
        return lines.role_id

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends(
        "channel",
        "policy_id.channel",
        "policy_id.channel_ids.is_choice",
        "policy_id.channel_ids.channel",
    )
    def _compute_offered_channels(self):
        for callback in self:
            callback.offered_channels = " ".join(callback._get_offered_channels())

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_choose_channel(self, channel):
        """Use another channel that the policies offer.

        The channel changes for the whole contact.

        :param channel: one of the offered channels
        :raise UserError: finished, or the policy does not offer this channel
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
        """Button: choose the channel that is named in the button's context."""
        # the context is the client's; the method checks the value like any argument
        return self.action_choose_channel(self.env.context.get("revisit_channel"))

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_offered_channels(self):
        """Return the channels to choose from; none if the policy offers no choice."""
        self.ensure_one()
        # dealers make callbacks of policies that they may not read
        policy = self.sudo().policy_id
        lines = policy.channel_ids.filtered(
            lambda line: line.is_choice and line._fits(self)
        )
        if not self.is_open or not lines:
            return []
        offered = [policy.channel, *lines.mapped("channel"), self.channel]
        return list(dict.fromkeys(offered))

    def _change_channel(self, channel):
        """Set the channel of whole contacts: one conversation has one channel."""
        # the choice was checked; agents may not write the channel themselves
        leaders = self.sudo()._get_leaders()
        (leaders | leaders._get_followers()).write({"channel": channel})
