# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import (
    email_normalize_all,
    groupby,
)

from ...tools import hours
from ...tools.terms import TEMPLATE_FIELDS

_logger = logging.getLogger(__name__)

BATCH_SIZE = 200


class ContactField(NamedTuple):
    """The field with a channel's number or address, and the errors it can cause."""

    name: str
    blacklist: str
    blacklist_field: str
    missing: str
    invalid: str
    banned: str


CONTACT_FIELDS = {
    "sms": ContactField(
        "phone",
        "phone.blacklist",
        "number",
        "sms_number_missing",
        "sms_number_format",
        "touch_number_bl",
    ),
    "email": ContactField(
        "email",
        "mail.blacklist",
        "email",
        "mail_email_missing",
        "mail_email_invalid",
        "mail_bl",
    ),
}


class RevisitTouch(models.Model):
    """Sends the touches that are due; queueing.py creates the SMS and e-mails.

    A batch is marked and queued in one transaction: if a process dies, either both
    are done or none, so nothing is sent twice.
    """

    _inherit = "revisit.touch"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # SCHEDULED ACTION
    # ------------------------------------------------------------

    @api.model
    def _wake(self, at=None):
        """Trigger the scheduled action soon, or once at a naive UTC datetime."""
        # supervisors may not read scheduled actions
        cron = self.env.ref("revisit_management.ir_cron_touch").sudo()
        at = at or fields.Datetime.now()
        domain = [("cron_id", "=", cron.id), ("call_at", "=", at)]
        # whether this moment is triggered already; users may not read these rows
        if not self.env["ir.cron.trigger"].sudo().search_count(domain, limit=1):
            cron._trigger(at=at)

    @api.model
    def _cron_send(self):
        """Send due touches of every company, and cancel those that are late."""
        companies, failure = self.env["res.company"]._revisit_all(), None
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(companies))
        for position, company in enumerate(companies, start=1):
            left = len(companies) - position
            try:
                # the cron sends touches of every company
                is_done = self.sudo()._send_company(company, left)
            except Exception as error:
                # go on with the other companies; raise at the end
                self.env.cr.rollback()
                _logger.exception("Sending the touches of %s failed", company.name)
                failure, is_done = error, True
            if not is_done or not cron._commit_progress(1, remaining=left):
                break
        if failure:
            raise failure

    def _send_company(self, company, left):
        """Process the touches of one company in batches, with a commit after each.

        :param left: number of companies that follow
        :return: whether there was time for all touches
        """
        progress = self.env["ir.cron"]._commit_progress
        for step in (self._cancel_late, self._send_due):
            while count := step(company):
                if not progress(count, remaining=left + 1):
                    return False
        self._wake_at_next_opening(company)
        return True

    # ------------------------------------------------------------
    # CHOOSING
    # ------------------------------------------------------------

    def _cancel_late(self, company):
        """Cancel a batch of touches that were not sent in time; return their number."""
        touches = self._take(
            self._get_planned_domain(company)
            & Domain("window_end", "<=", fields.Datetime.now())
        )
        for touch in touches:
            touch.write({"state": "cancelled", **touch._get_late_values(company)})
        return len(touches)

    def _get_late_values(self, company):
        """Return the reason why a touch was not sent in its window, as values."""
        self.ensure_one()
        policy, partner = self.policy_id, self.partner_id
        if partner._revisit_is_banned():
            return {"cancel_reason": "banned", "failure_type": "touch_banned"}
        failure_type = False
        if not policy._is_touching(self.channel):
            failure_type = "touch_paused"
        elif partner.callback_hour_to and not (
            max(partner.callback_hour_from, company.revisit_touch_hour_from)
            < min(partner.callback_hour_to, company.revisit_touch_hour_to)
        ):
            failure_type = "touch_hours"
        return {"cancel_reason": "late", "failure_type": failure_type}

    def _send_due(self, company):
        """Send a batch of touches that may be sent now; return its size."""
        touches = self._take(
            self._get_open_domain(company) & self._get_hours_domain(company)
        )
        touches.with_company(company)._send()
        return len(touches)

    def _take(self, domain):
        """Return a batch, locked, that no other transaction is processing."""
        touches = self.search(domain, limit=BATCH_SIZE, order="window_end, id")
        return touches.try_lock_for_update()

    def _get_planned_domain(self, company):
        return Domain("company_id", "=", company.id) & Domain("state", "=", "planned")

    def _get_open_domain(self, company):
        """Return the domain of touches that are due, at any hour."""
        now = fields.Datetime.now()
        policies = self.env["revisit.policy"].search([("contact_type", "=", "touch")])
        sendable = Domain.OR(
            Domain("channel", "=", channel)
            & Domain("policy_id", "in", policies._filter_touching(channel).ids)
            for channel in TEMPLATE_FIELDS
        )
        return (
            self._get_planned_domain(company)
            & Domain("window_start", "<=", now)
            & Domain("window_end", ">", now)
            & sendable
        )

    def _get_hours_domain(self, company):
        """Return the domain of touches allowed at this hour by company and customer."""
        hour = hours.local_hour(fields.Datetime.now(), company._revisit_tz())
        first, last = company.revisit_touch_hour_from, company.revisit_touch_hour_to
        if not first <= hour < last:
            return Domain.FALSE
        return Domain("partner_id.callback_hour_to", "=", 0) | (
            Domain("partner_id.callback_hour_from", "<=", hour)
            & Domain("partner_id.callback_hour_to", ">", hour)
        )

    def _wake_at_next_opening(self, company):
        """Trigger a run for when the company's hours begin, if any touch is planned."""
        now = fields.Datetime.now()
        [(upcoming,)] = self._read_group(
            self._get_planned_domain(company) & Domain("window_start", ">", now),
            aggregates=["window_start:min"],
        )
        moments = [upcoming] if upcoming else []
        if self.search_count(self._get_open_domain(company), limit=1):
            moments.append(now)
        first, last = company.revisit_touch_hour_from, company.revisit_touch_hour_to
        tz = company._revisit_tz()
        openings = [hours.next_open(moment, first, last, tz) for moment in moments]
        # touches within the company's hours wait for customers' hours: the next run
        openings = [opening for opening in openings if opening > now]
        if openings:
            self._wake(min(openings))

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    def _send(self):
        """Queue each touch, or store why it cannot be sent; none stays planned."""
        contacts = self._drop_unwanted()._find_contacts()
        touches = self._join(*contacts)._drop_without_document()._follow_sources()
        contents = {}
        for (template, lang), group in groupby(
            touches, lambda touch: (touch._get_template(), touch._get_lang())
        ):
            contents.update(self._join(*group)._render(template, lang))
        for channel, queue in (("sms", self._queue_sms), ("email", self._queue_emails)):
            chosen = {
                touch: content
                for touch, content in contents.items()
                if touch.channel == channel
            }
            if chosen:
                queue(chosen, contacts)

    @api.model
    def _join(self, *touches):
        return self.browse().concat(*touches)

    def _fail(self, failure_type, reason=False):
        self.write(
            {
                "state": "failed",
                "failure_type": failure_type,
                "failure_reason": reason,
            }
        )

    def _cancel(self, cancel_reason, failure_type):
        self.write(
            {
                "state": "cancelled",
                "cancel_reason": cancel_reason,
                "failure_type": failure_type,
            }
        )

    @api.model
    def _find_queued(self, partners):
        """Return what was handed to the queues for these customers and waits there."""
        return self.search(
            [
                ("partner_id", "in", partners.ids),
                ("notification_id.notification_status", "=", "ready"),
            ]
        )

    @api.model
    def _stop_for(self, partners):
        """Cancel what is planned for customers who refuse contact from now on."""
        planned = [("partner_id", "in", partners.ids), ("state", "=", "planned")]
        self.search(planned)._cancel("banned", "touch_banned")

    def _drop_unwanted(self):
        """Cancel touches to customers who refuse or are archived; return the others."""
        banned = self.filtered(lambda touch: touch.partner_id._revisit_is_banned())
        banned._cancel("banned", "touch_banned")
        rest = self - banned
        archived = rest.filtered(lambda touch: not touch.partner_id.active)
        archived._cancel("source", "touch_archived")
        return rest - archived

    def _drop_without_document(self):
        """Cancel touches about deleted documents; return the others."""
        gone = self.browse()
        for model, group in groupby(self, lambda touch: touch.source_model):
            touches = self._join(*group)
            kept = set()
            if model in self.env:
                documents = self.env[model].browse(set(touches.mapped("source_id")))
                kept = set(documents.exists().ids)
            gone += touches.filtered(lambda t, kept=kept: t.source_id not in kept)
        gone._cancel("source", "touch_source")
        return self - gone

    def _follow_sources(self):
        """Return touches that are still wanted and due, by the present documents.

        If a document no longer meets the policy, its touch is cancelled; if its date
        has changed, the window of the touch is moved.
        """
        now, rest = fields.Datetime.now(), self.browse()
        for policy, group in groupby(self, lambda touch: touch.policy_id):
            touches = self._join(*group)
            followed = touches.filtered(
                lambda touch, model=policy.model_name: touch.source_model == model
            )
            rest += touches - followed + followed._follow_documents(policy)
        return rest.filtered(lambda touch: touch.window_start <= now < touch.window_end)

    def _follow_documents(self, policy):
        """Cancel or move touches of one policy; return those that are still wanted."""
        ids = self.mapped("source_id")
        if policy.recurrence != "event":
            # these windows follow the calendar, not the document's own date
            domain = policy._get_condition() & Domain("id", "in", ids)
            kept = set(self.env[policy.model_name].search(domain).ids)
            gone = self.filtered(lambda touch: touch.source_id not in kept)
            gone._cancel("source", False)
            return self - gone
        planner = self.env["revisit.planner"]
        events = planner._get_matching_events(policy, ids) if ids else {}
        workdays = planner._get_workdays(policy, list(events.values()))
        gone = self.browse()
        for touch in self:
            event = events.get((touch.source_id, touch.occasion))
            if event is None:
                gone += touch
            elif event.event_at != touch.event_at:
                touch._redate(event.event_at, workdays)
        gone._cancel("source", False)
        return self - gone

    def _redate(self, event_at, workdays):
        """Move the window according to the document's date."""
        self.ensure_one()
        try:
            start, end = self.policy_id._get_window(event_at, workdays)
        except LookupError:
            return
        self.write({"event_at": event_at, "window_start": start, "window_end": end})

    def _find_contacts(self):
        """Return {touch: partner to write to}; record touches without a recipient."""
        contacts = {}
        for channel, group in groupby(self, lambda touch: touch.channel):
            field = CONTACT_FIELDS[channel]
            found = {touch: touch._get_contact(field.name) for touch in group}
            addresses = {
                touch: touch._get_addresses(field, contact)
                for touch, contact in found.items()
            }
            blacklist = self._get_blacklist(field, addresses.values())
            for touch, contact in found.items():
                if not addresses[touch]:
                    continue
                if blacklist & addresses[touch]:
                    touch._cancel("banned", field.banned)
                else:
                    contacts[touch] = contact
        return contacts

    def _get_addresses(self, field, contact):
        """Return the set of addresses to write to; record the reason if there is none.

        They are read from the contact and normalised as in blacklists, not taken from
        stored values: a number that cannot be read would bypass the blacklist.
        """
        self.ensure_one()
        raw, addresses, reason = contact[field.name], set(), False
        if field.name == "email":
            # every address in the field gets the message
            addresses = set(email_normalize_all(raw or ""))
        elif raw:
            try:
                addresses = {self._get_number(contact)}
            except UserError as error:
                reason = str(error)
        if not addresses:
            self._fail(field.invalid if raw else field.missing, reason)
        return addresses

    def _get_number(self, contact):
        """Return a contact's number with a prefix, by default that of the company.

        :raise UserError: it is not a number to which a message can be sent
        """
        self.ensure_one()
        reader = self.env["revisit.reader"]
        country = contact.country_id or self.company_id.country_id
        return reader._read_phone(
            reader._get_label(contact, "phone"), contact.phone, country
        )

    def _get_contact(self, name):
        """Return the customer, or their company if only it has a value."""
        self.ensure_one()
        partner = self.partner_id
        return partner if partner[name] else partner.commercial_partner_id

    def _get_blacklist(self, field, addresses):
        """Return which addresses, from several sets, are blacklisted."""
        domain = [(field.blacklist_field, "in", list(set().union(*addresses)))]
        entries = self.env[field.blacklist].search_fetch(
            domain, [field.blacklist_field]
        )
        return set(entries.mapped(field.blacklist_field))
