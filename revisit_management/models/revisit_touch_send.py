# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging
from typing import NamedTuple

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import (
    email_normalize_all,
    groupby,
    html2plaintext,
    is_html_empty,
    plaintext2html,
)

from ..tools import hours
from .revisit_policy_touch import TEMPLATE_FIELDS

_logger = logging.getLogger(__name__)

BATCH_SIZE = 200
MAIL_FIELDS = (
    "attachment_ids",
    "body_html",
    "email_from",
    "report_template_ids",
    "reply_to",
    "subject",
)


class ContactField(NamedTuple):
    """Where a channel finds its number or address, and how it fails."""

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
    """Sending: what is due now is written and handed to Odoo's own queues.

    A batch is marked and queued in one transaction: a process that dies leaves
    both undone or both done, so nothing is sent twice.
    """

    _inherit = "revisit.touch"

    # ------------------------------------------------------------
    # SCHEDULED ACTION
    # ------------------------------------------------------------

    @api.model
    def _wake(self, at=None):
        """Run the scheduled action soon, or at a naive UTC datetime, once."""
        cron = self.env.ref("revisit_management.ir_cron_touch").sudo()
        at = at or fields.Datetime.now()
        domain = [("cron_id", "=", cron.id), ("call_at", "=", at)]
        if not self.env["ir.cron.trigger"].sudo().search_count(domain, limit=1):
            cron._trigger(at=at)

    @api.model
    def _cron_send(self):
        """Send what is due in every company, and take out what is too late."""
        companies, failure = self.env["res.company"]._revisit_all(), None
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(companies))
        for position, company in enumerate(companies, start=1):
            left = len(companies) - position
            try:
                is_done = self.sudo()._send_company(company, left)
            except Exception as error:
                # one company's trouble is not the others'
                self.env.cr.rollback()
                _logger.exception("Sending the touches of %s failed", company.name)
                failure, is_done = error, True
            if not is_done or not cron._commit_progress(1, remaining=left):
                break
        if failure:
            raise failure

    def _send_company(self, company, left):
        """Work through one company in batches, committing each.

        :param left: number of companies still to come
        :return: whether there was time for everything
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
        """Take out a batch of what was not sent in time; return how many."""
        touches = self._take(
            self._get_planned_domain(company)
            & Domain("window_end", "<=", fields.Datetime.now())
        )
        for touch in touches:
            touch.write({"state": "cancelled", **touch._get_late_values(company)})
        return len(touches)

    def _get_late_values(self, company):
        """Return why a touch was not sent in its window."""
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
        """Send a batch of what may be sent now; return how many were dealt with."""
        touches = self._take(
            self._get_open_domain(company) & self._get_hours_domain(company)
        )
        touches.with_company(company)._send()
        return len(touches)

    def _take(self, domain):
        """Return a batch that no other transaction is working on, locked."""
        touches = self.search(domain, limit=BATCH_SIZE, order="window_end, id")
        return touches.try_lock_for_update()

    def _get_planned_domain(self, company):
        return Domain("company_id", "=", company.id) & Domain("state", "=", "planned")

    def _get_open_domain(self, company):
        """Return the domain of what is due, whatever the hour."""
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
        """Return the domain of what suits the company's and the customer's hours."""
        hour = hours.local_hour(fields.Datetime.now(), company._revisit_tz())
        first, last = company.revisit_touch_hour_from, company.revisit_touch_hour_to
        if not first <= hour < last:
            return Domain.FALSE
        return Domain("partner_id.callback_hour_to", "=", 0) | (
            Domain("partner_id.callback_hour_from", "<=", hour)
            & Domain("partner_id.callback_hour_to", ">", hour)
        )

    def _wake_at_next_opening(self, company):
        """Run again as soon as the company's hours open for what is planned."""
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
        # what is open now waits for its customer's hour: the next regular run
        openings = [opening for opening in openings if opening > now]
        if openings:
            self._wake(min(openings))

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    def _send(self):
        """Queue each touch, or record why it cannot be sent; none stays planned."""
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

    def _drop_unwanted(self):
        """Cancel what refuses or archived customers would get; return the rest."""
        banned = self.filtered(lambda touch: touch.partner_id._revisit_is_banned())
        banned._cancel("banned", "touch_banned")
        rest = self - banned
        archived = rest.filtered(lambda touch: not touch.partner_id.active)
        archived._cancel("source", "touch_archived")
        return rest - archived

    def _drop_without_document(self):
        """Cancel touches about deleted documents; return the rest."""
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
        """Return what still holds and is still due, by the documents as they are now.

        A document that no longer meets the policy cancels its touch; one whose
        date has moved takes the touch's window along.
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
        """Cancel or move touches of one policy; return those that still hold."""
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
        """Move the window along with the document's date."""
        self.ensure_one()
        try:
            start, end = self.policy_id._get_window(event_at, workdays)
        except LookupError:
            return
        self.write({"event_at": event_at, "window_start": start, "window_end": end})

    def _find_contacts(self):
        """Return {touch: partner to write to}; who cannot be reached is recorded."""
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
        """Return the set of what would be written to; record why there is none.

        Read anew, as blacklists have them, whatever was stored when the contact was
        saved: a number that cannot be read would slip past the blacklist.
        """
        self.ensure_one()
        raw, addresses, reason = contact[field.name], set(), False
        if field.name == "email":
            # every address of the field gets the message
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
        """Return a contact's number with its prefix, by default the company's own.

        :raise UserError: it is none that can be written to
        """
        self.ensure_one()
        reader = self.env["revisit.reader"]
        country = contact.country_id or self.company_id.country_id
        return reader._read_phone(
            reader._get_label(contact, "phone"), contact.phone, country
        )

    def _get_contact(self, name):
        """Return the customer, or their company if only it has the number."""
        self.ensure_one()
        partner = self.partner_id
        return partner if partner[name] else partner.commercial_partner_id

    def _get_blacklist(self, field, addresses):
        """Return those of sets of addresses that are blacklisted."""
        domain = [(field.blacklist_field, "in", list(set().union(*addresses)))]
        entries = self.env[field.blacklist].search_fetch(
            domain, [field.blacklist_field]
        )
        return set(entries.mapped(field.blacklist_field))

    # ------------------------------------------------------------
    # WRITING
    # ------------------------------------------------------------

    def _get_template(self):
        self.ensure_one()
        return self.policy_id._get_touch_template(self.channel)

    def _get_lang(self):
        """Return the language in which the customer is written to."""
        self.ensure_one()
        partner = self.partner_id
        return (
            partner.lang
            or partner.commercial_partner_id.lang
            or self.env.company.partner_id.lang
        )

    def _render(self, template, lang):
        """Return {touch: rendered fields}; what cannot be rendered fails alone.

        :param template: `sms.template` or `mail.template` of all touches
        """
        fitting = self.filtered(
            lambda touch: template.model in (touch.source_model, "res.partner")
        )
        (self - fitting)._fail("touch_template")
        template = template.with_company(self.env.company)
        ids = {touch: touch._get_render_id(template) for touch in fitting}
        try:
            with self.env.cr.savepoint():
                rendered = self._render_ids(template, list(set(ids.values())), lang)
        except Exception:
            rendered = fitting._render_one_by_one(template, ids, lang)
        contents = {}
        for touch in fitting.filtered(lambda touch: touch.state == "planned"):
            content = rendered[ids[touch]]
            if is_html_empty(content["body"]):
                touch._fail("touch_template")
            else:
                contents[touch] = content
        return contents

    def _render_one_by_one(self, template, ids, lang):
        """Render each touch by itself, after a batch has failed."""
        rendered = {}
        for touch in self:
            res_id = ids[touch]
            try:
                with self.env.cr.savepoint():
                    rendered.update(self._render_ids(template, [res_id], lang))
            except Exception as error:
                _logger.info("Template %s, record %s", template.id, res_id, exc_info=1)
                touch._fail("touch_template", self._mask_contacts(str(error)))
        return rendered

    def _get_render_id(self, template):
        """Return the id of the record of the template's model to write about."""
        self.ensure_one()
        if template.model == self.source_model:
            return self.source_id
        return self.partner_id.id

    def _render_ids(self, template, res_ids, lang):
        """Return {record id: {"body": …, and what else the channel sends}}."""
        if template._name == "sms.template":
            bodies = template._render_field("body", res_ids, set_lang=lang)
            return {res_id: {"body": body} for res_id, body in bodies.items()}
        # the customer's language, not the one that the template would choose
        translated = template.with_context(template_preview_lang=lang, lang=lang)
        contents = translated._generate_template(res_ids, MAIL_FIELDS)
        records = self.env[template.model].with_context(lang=lang).browse(res_ids)
        for record in records:
            body = contents[record.id].pop("body_html")
            if template.email_layout_xmlid and not is_html_empty(body):
                body = translated._render_encapsulate(
                    template.email_layout_xmlid,
                    body,
                    add_context={"company": self.env.company},
                    context_record=record,
                )
            contents[record.id]["body"] = body
        return contents

    # ------------------------------------------------------------
    # QUEUEING
    # ------------------------------------------------------------

    def _queue_sms(self, contents, contacts):
        """Hand rendered touches to the SMS queue.

        :param contents: {touch: {"body"}}
        :param contacts: {touch: partner}
        """
        # no record_company_id: Odoo's queue refuses batches of several companies
        messages = self.env["mail.message"].create(
            [
                {
                    **touch._prepare_message(),
                    "body": plaintext2html(content["body"]),
                    "message_type": "sms",
                    "reply_to": False,
                }
                for touch, content in contents.items()
            ]
        )
        sms = self.env["sms.sms"].create(
            [
                {
                    "body": content["body"],
                    "mail_message_id": message.id,
                    "number": touch._get_number(contacts[touch]),
                    "partner_id": contacts[touch].id,
                }
                for (touch, content), message in zip(
                    contents.items(), messages, strict=True
                )
            ]
        )
        notifications = self.env["mail.notification"].create(
            [
                {
                    **self._prepare_notification(one.mail_message_id, one.partner_id),
                    "notification_type": "sms",
                    "sms_id_int": one.id,
                    "sms_number": one.number,
                }
                for one in sms
            ]
        )
        self.env["sms.tracker"].create(
            [
                {"sms_uuid": one.uuid, "mail_notification_id": notification.id}
                for one, notification in zip(sms, notifications, strict=True)
            ]
        )
        for (touch, content), notification in zip(
            contents.items(), notifications, strict=True
        ):
            touch._mark_sent(notification, body=content["body"])

    def _queue_emails(self, contents, contacts):
        """Hand rendered touches to the mail queue.

        :param contents: {touch: {"body", "subject", "email_from", …}}
        :param contacts: {touch: partner}
        """
        answers = self._join(*contents)._get_answer_addresses()
        messages = self.env["mail.message"].create(
            [
                touch._prepare_email_message(content, answers[touch])
                for touch, content in contents.items()
            ]
        )
        mails = self.env["mail.mail"].create(
            [
                {
                    "auto_delete": True,
                    "body_html": content["body"],
                    "mail_message_id": message.id,
                    "recipient_ids": [Command.link(contacts[touch].id)],
                }
                for (touch, content), message in zip(
                    contents.items(), messages, strict=True
                )
            ]
        )
        notifications = self.env["mail.notification"].create(
            [
                {
                    **self._prepare_notification(mail.mail_message_id, contacts[touch]),
                    "notification_type": "email",
                    "mail_mail_id": mail.id,
                }
                for touch, mail in zip(contents, mails, strict=True)
            ]
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        for (touch, content), notification in zip(
            contents.items(), notifications, strict=True
        ):
            touch._mark_sent(
                notification,
                subject=content.get("subject"),
                body=html2plaintext(content["body"]),
            )

    def _get_answer_addresses(self):
        """Return {touch: address that brings an answer to its document}."""
        company, answers = self.env.company, {}
        for model, group in groupby(self, lambda touch: touch.source_model):
            documents = self.env[model].browse({touch.source_id for touch in group})
            found = documents._notify_get_reply_to(
                default=company.email_formatted, author_id=company.partner_id.id
            )
            answers.update({touch: found[touch.source_id] for touch in group})
        return answers

    def _prepare_message(self):
        """Return the values of the internal note on the document."""
        self.ensure_one()
        company = self.env.company
        return {
            "author_id": company.partner_id.id,
            "email_from": company.email_formatted or self.env.user.email_formatted,
            "model": self.source_model,
            "res_id": self.source_id,
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
        }

    def _prepare_email_message(self, content, answer_to):
        """Return the values of the message that an email is made of.

        :param content: what was rendered
        :param answer_to: address for answers, unless the template has one
        """
        self.ensure_one()
        template = self._get_template()
        values = {
            **self._prepare_message(),
            "attachment_ids": [
                *(Command.link(key) for key in content.get("attachment_ids") or ()),
                *(
                    Command.create({"name": name, "datas": datas})
                    for name, datas in content.get("attachments") or ()
                ),
            ],
            "body": content["body"],
            "mail_server_id": template.mail_server_id.id,
            "message_type": "email_outgoing",
            "record_company_id": self.env.company.id,
            "reply_to": content.get("reply_to") or answer_to,
            "subject": content.get("subject") or self.policy_id.name,
        }
        if content.get("email_from"):
            values["email_from"] = content["email_from"]
        return values

    def _prepare_notification(self, message, partner):
        """Return the values of the record on which Odoo tracks the delivery."""
        return {
            "author_id": message.author_id.id,
            "is_read": True,
            "mail_message_id": message.id,
            "notification_status": "ready",
            "res_partner_id": partner.id,
        }

    def _mark_sent(self, notification, body, subject=False):
        self.ensure_one()
        self.write(
            {
                "state": "sent",
                "delivery_state": "queued",
                "sent_at": fields.Datetime.now(),
                "subject": subject,
                "body": body,
                "notification_id": notification.id,
            }
        )
