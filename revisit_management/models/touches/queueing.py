# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging

from odoo import Command, fields, models
from odoo.tools import (
    groupby,
    html2plaintext,
    is_html_empty,
    plaintext2html,
)

MAIL_FIELDS = (
    "attachment_ids",
    "body_html",
    "email_from",
    "report_template_ids",
    "reply_to",
    "subject",
)


_logger = logging.getLogger(__name__)


class RevisitTouch(models.Model):
    """Writes the messages and hands them to Odoo's queues of SMS and mail."""

    _inherit = "revisit.touch"  # pylint: disable=consider-merging-classes-inherited

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
        """Return {touch: rendered fields}; a touch that cannot be rendered fails alone.

        :param template: ``sms.template`` or ``mail.template`` of all touches
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
        """Return the id of the record of the template's model that is rendered."""
        self.ensure_one()
        if template.model == self.source_model:
            return self.source_id
        return self.partner_id.id

    def _render_ids(self, template, res_ids, lang):
        """Return {record id: {"body": …, and other fields that the channel needs}}."""
        if template._name == "sms.template":
            bodies = template._render_field("body", res_ids, set_lang=lang)
            return {res_id: {"body": body} for res_id, body in bodies.items()}
        # in the customer's language, instead of the language set on the template
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
        """Pass rendered touches to the SMS queue.

        :param contents: {touch: {"body"}}
        :param contacts: {touch: partner}
        """
        sms = self._create_sms(contents, contacts)
        notifications = self._create_sms_notifications(sms)
        for (touch, content), notification in zip(
            contents.items(), notifications, strict=True
        ):
            touch._mark_sent(notification, body=content["body"])

    def _create_sms(self, contents, contacts):
        """Create a message on each touch's document, and the SMS that sends it."""
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
        return self.env["sms.sms"].create(
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

    def _create_sms_notifications(self, sms):
        """Create what tracks the delivery of each SMS."""
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
        return notifications

    def _queue_emails(self, contents, contacts):
        """Hand rendered touches to the mail queue.

        :param contents: {touch: {"body", "subject", "email_from", …}}
        :param contacts: {touch: partner}
        """
        mails = self._create_emails(contents, contacts)
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

    def _create_emails(self, contents, contacts):
        """Create a message on each touch's document, and the e-mail that sends it."""
        answers = self._join(*contents)._get_answer_addresses()
        messages = self.env["mail.message"].create(
            [
                touch._prepare_email_message(content, answers[touch])
                for touch, content in contents.items()
            ]
        )
        return self.env["mail.mail"].create(
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
        """Return the values of the message from which an email is made.

        :param content: the rendered fields
        :param answer_to: reply address, unless the template has one
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
